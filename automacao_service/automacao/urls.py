from crm_shared.api.routers import Router

from .views import CatalogoViewSet, ExecucaoViewSet, FluxoViewSet, SagaViewSet, VersaoFluxoViewSet
from .webhooks.views import EntregaViewSet, WebhookViewSet

router = Router()
router.register("automacao/catalogo", CatalogoViewSet, "catalogo")
router.register("automacao/entregas", EntregaViewSet, "entrega")
router.register("automacao/execucoes", ExecucaoViewSet, "execucao")
router.register("automacao/sagas", SagaViewSet, "saga")
router.register("automacao/webhooks", WebhookViewSet, "webhook")
router.register_child("automacao", "versoes", VersaoFluxoViewSet, "versao-fluxo")
router.register("automacao", FluxoViewSet, "fluxo")

urlpatterns = router.urls
