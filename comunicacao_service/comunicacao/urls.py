from crm_shared.api.routers import Router
from crm_shared.extensions.urls import register_main

from .views import CanalViewSet, ConversaViewSet, IdentidadeViewSet, MensagemViewSet

router = Router()
router.register("comunicacao/canais", CanalViewSet, "canal")
router.register("comunicacao/identidades", IdentidadeViewSet, "identidade")
router.register_child("comunicacao", "mensagens", MensagemViewSet, "mensagem")
register_main(router, {"comunicacao": ConversaViewSet})

urlpatterns = router.urls
