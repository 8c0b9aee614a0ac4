from crm_shared.api.routers import Router

from .views import CanalViewSet, ConversaViewSet, IdentidadeViewSet, MensagemViewSet

router = Router()
router.register("comunicacao/canais", CanalViewSet, "canal")
router.register("comunicacao/identidades", IdentidadeViewSet, "identidade")
router.register_child("comunicacao", "mensagens", MensagemViewSet, "mensagem")
router.register("comunicacao", ConversaViewSet, "conversa")

urlpatterns = router.urls
