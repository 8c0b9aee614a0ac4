"""What each service's URLconf takes from here: the error pages, health, schema."""

from django.conf import settings
from django.urls import path, re_path

from .admin.lazy import admin_urls
from .api.feed import EventosViewSet
from .api.schema.view import schema
from .api.traces import TRACE_REGEX, RastrosViewSet
from .exports.routes import urlpatterns as exports
from .health import alive, ready
from .imports.routes import urlpatterns as imports
from .observability.page import metrics
from .operations.routes import urlpatterns as operations

handler400 = "crm_shared.api.problems.bad_request"
handler403 = "crm_shared.api.problems.permission_denied"
handler404 = "crm_shared.api.problems.not_found"
handler500 = "crm_shared.api.problems.server_error"

BASE_URLPATTERNS = [
    path("saude/vivo", alive),
    path("saude/pronto", ready),
    path("metrics", metrics),
    re_path(r"^schema/?$", schema, name="schema"),
    admin_urls(),
    re_path(rf"^{settings.SERVICE}/eventos/?$", EventosViewSet.as_view({"get": "list"}), name="eventos"),
    re_path(rf"^{settings.SERVICE}/rastros/(?P<rastro>{TRACE_REGEX})/?$", RastrosViewSet.as_view({"get": "retrieve"}), name="rastro"),
    *operations,
    *imports,
    *exports,
]
__all__ = ["BASE_URLPATTERNS", "handler400", "handler403", "handler404", "handler500"]
