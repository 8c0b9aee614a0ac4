"""`/<servico>/importacoes`, for services that declare what can be imported."""

from django.conf import settings

from ..api.routers import Router
from .views import ImportacaoViewSet

router = Router()
if getattr(settings, "IMPORTABLES", ""):
    router.register(f"{settings.SERVICE}/importacoes", ImportacaoViewSet, "importacao")
urlpatterns = router.urls
