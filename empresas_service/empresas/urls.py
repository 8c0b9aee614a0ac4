from crm_shared.api.routers import Router
from crm_shared.extensions.urls import register_main

from .views import EmpresaViewSet, EnderecoViewSet

router = Router()
router.register_child("empresas", "enderecos", EnderecoViewSet, "endereco")
register_main(router, {"empresas": EmpresaViewSet})

urlpatterns = router.urls
