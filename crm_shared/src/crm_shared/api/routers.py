"""Routes with and without a trailing slash; neither redirects, so a POST stays a POST."""

from typing import Any

from rest_framework.routers import SimpleRouter

from .viewsets import UUID_REGEX


class Router(SimpleRouter):
    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
        self.trailing_slash = "/?"

    def register_child(self, root: str, prefix: str, viewset: Any, basename: str) -> None:
        """`register_child("clientes", "meios", ...)` routes `/clientes/{pai_pk}/meios` and `/clientes/{pai_pk}/meios/{pk}`."""
        self.register(rf"{root}/(?P<pai_pk>{UUID_REGEX})/{prefix}", viewset, basename)
