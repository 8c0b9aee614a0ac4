from crm_shared.api.routers import Router

from .views import EmpresaViewSet, EnderecoViewSet

router = Router()
router.register_child("empresas", "enderecos", EnderecoViewSet, "endereco")
router.register("empresas", EmpresaViewSet, "empresa")

urlpatterns = router.urls
