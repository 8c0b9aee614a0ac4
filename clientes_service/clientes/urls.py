from crm_shared.api.routers import Router

from .views import ClienteViewSet, LeadViewSet, MeioViewSet, VinculoViewSet

router = Router()
router.register("clientes/leads", LeadViewSet, "lead")
router.register_child("clientes", "meios", MeioViewSet, "meio")
router.register_child("clientes", "empresas", VinculoViewSet, "vinculo")
router.register("clientes", ClienteViewSet, "cliente")

urlpatterns = router.urls
