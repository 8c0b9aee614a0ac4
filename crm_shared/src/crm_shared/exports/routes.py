"""`/<servico>/exportacoes` in the URLconf of every service that has something to export."""

from django.conf import settings

from ..api.routers import Router
from ..events.contracts.extensions import SERVICES
from .views import ExportacaoViewSet

router = Router()
if settings.SERVICE in SERVICES:
    router.register(f"{settings.SERVICE}/exportacoes", ExportacaoViewSet, "exportacao")
urlpatterns = router.urls
