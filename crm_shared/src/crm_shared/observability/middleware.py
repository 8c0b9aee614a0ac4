"""Opens the context of one request, refuses what no view should see, and writes one log line at its end."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .context import current, trace_id_of, working_as
from .logs import get_logger

if TYPE_CHECKING:
    from rest_framework.response import Response

logger = get_logger("crm.http")
_QUIET = ("/saude/",)


class RequestContextMiddleware:
    """Accepts a valid `traceparent` or starts a trace; the answer names it, so that a user can quote it to support."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> "HttpResponseBase | Response":
        with working_as(rastro=trace_id_of(request.headers.get("traceparent"))):
            start = time.perf_counter()
            response = self._refuse(request) or self.get_response(request)
            if isinstance(response, HttpResponse):
                response.headers.setdefault("Content-Length", str(len(response.content)))  # else HTTP/1.1 servers chunk it
            response.headers["X-Rastro"] = current().rastro
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Cache-Control", "no-store")
            self._log(request, response, time.perf_counter() - start)
            return response

    def _refuse(self, request: HttpRequest) -> HttpResponse | None:
        """A NUL byte is legal in no field of ours and an error inside PostgreSQL: stop it at the door."""
        if "\0" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
            return None
        from ..api.problems import problem_response  # late: the API layer is not loaded for settings

        return problem_response(400, "caractere_invalido", "O endereço contém um caractere nulo.")

    def _log(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        if request.path.startswith(_QUIET):
            return
        level = "error" if response.status_code >= 500 else "info"
        fields = {
            "metodo": request.method,
            "caminho": request.path[:512],
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "ator": current().ator,
        }
        getattr(logger, level)("requisicao", extra=fields)
