"""The routes that main records bring with them."""

from typing import Any

from django.conf import settings

from ..api.routers import Router
from ..attachments.views import attachments_viewset
from .notes import notes_viewset
from .saved_views import MAINS
from .views import CampoViewSet, MarcadorViewSet, VisaoViewSet


def register_main(router: Router, viewsets: dict[str, Any]) -> None:
    """The main records of this service by their root path, such as `clientes/leads`, and the definitions kept for them.

    The deeper paths come first, as for any route.
    """
    router.register(f"{settings.SERVICE}/marcadores", MarcadorViewSet, "marcador")
    router.register(f"{settings.SERVICE}/campos-personalizados", CampoViewSet, "campo-personalizado")
    router.register(f"{settings.SERVICE}/visoes", VisaoViewSet, "visao")
    for root, viewset in viewsets.items():
        MAINS[viewset.queryset.model.RECURSO] = viewset
        router.register_child(root, "notas", notes_viewset(viewset), f"nota-{root.replace('/', '-')}")
        router.register_child(root, "anexos", attachments_viewset(viewset), f"anexo-{root.replace('/', '-')}")
        router.register(root, viewset, root.replace("/", "-"))
