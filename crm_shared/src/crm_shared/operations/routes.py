"""`/<servico>/operacoes` in the URLconf of every service; in front of the service's own routes."""

from django.conf import settings

from ..api.routers import Router
from .views import OperacaoViewSet

router = Router()
router.register(f"{settings.SERVICE}/operacoes", OperacaoViewSet, "operacao")
urlpatterns = router.urls
