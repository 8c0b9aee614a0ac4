from crm_shared.api.routers import Router
from crm_shared.extensions.urls import register_main

from .views import ClienteViewSet, LeadViewSet, MeioViewSet, VinculoViewSet

router = Router()
router.register_child("clientes", "meios", MeioViewSet, "meio")
router.register_child("clientes", "empresas", VinculoViewSet, "vinculo")
register_main(router, {"clientes/leads": LeadViewSet, "clientes": ClienteViewSet})

urlpatterns = router.urls
