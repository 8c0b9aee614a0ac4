"""The routes that main records bring with them."""

from typing import Any

from django.conf import settings

from ..api.routers import Router
from .views import CampoViewSet, MarcadorViewSet


def register_main(router: Router, viewsets: dict[str, Any]) -> None:
    """The main records of this service by their root path, such as `clientes/leads`, and the definitions kept for them.

    The deeper paths come first, as for any route.
    """
    router.register(f"{settings.SERVICE}/marcadores", MarcadorViewSet, "marcador")
    router.register(f"{settings.SERVICE}/campos-personalizados", CampoViewSet, "campo-personalizado")
    for root, viewset in viewsets.items():
        router.register(root, viewset, root.replace("/", "-"))
