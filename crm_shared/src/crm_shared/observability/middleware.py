"""Opens the context of one request, refuses what no view should see, and writes one log line at its end."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from . import deadlines, tracing
from .context import current, parse_traceparent, working_as
from .logs import get_logger
from .metrics import count_request

if TYPE_CHECKING:
    from rest_framework.response import Response

logger = get_logger("crm.http")
_QUIET = ("/saude/", "/metrics")


class RequestContextMiddleware:
    """Accepts a valid `traceparent` or starts a trace; the answer names it, so that a user can quote it to support."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> "HttpResponseBase | Response":
        rastro, pai = parse_traceparent(request.headers.get("traceparent"))
        prazo = deadlines.parse(request.headers.get(deadlines.HEADER))
        with working_as(rastro=rastro, pai=pai, prazo=prazo), self._span(request) as span:
            start = time.perf_counter()
            response = self._refuse(request) or self.get_response(request)
            if isinstance(response, HttpResponse):
                response.headers.setdefault("Content-Length", str(len(response.content)))  # else HTTP/1.1 servers chunk it
            response.headers["X-Rastro"] = current().rastro
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Cache-Control", "no-store")
            if not request.path.startswith(_QUIET):
                self._tell(request, response, time.perf_counter() - start, span)
            return response

    def _span(self, request: HttpRequest) -> AbstractContextManager[tracing.Span]:
        """None for what is asked every few seconds: without it, what it asks the stores leaves no span either."""
        return tracing.nothing() if request.path.startswith(_QUIET) else tracing.span(request.method or "", tracing.SERVER)

    def _refuse(self, request: HttpRequest) -> HttpResponse | None:
        """A NUL byte is legal in no field of ours and an error inside PostgreSQL: stop it at the door. And nobody reads a late answer."""
        late = deadlines.passed(current().prazo)
        if not late and "\0" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
            return None
        from ..api.problems import problem_response  # here: the API layer is not loaded for settings

        if late:
            return problem_response(503, "prazo_esgotado", "A requisição chegou tarde demais e não foi atendida.", {"Retry-After": "1"})
        return problem_response(400, "caractere_invalido", "O endereço contém um caractere nulo.")

    def _tell(self, request: HttpRequest, response: HttpResponseBase, seconds: float, span: tracing.Span) -> None:
        """One log line, one observation, one span."""
        route = route_of(request)
        count_request(request.method or "", route, response.status_code, seconds)
        span.name(f"{request.method} {route}")
        span.set({"http.request.method": request.method or "", "http.route": route, "http.response.status_code": response.status_code})
        if response.status_code >= 500:
            span.fail(str(response.status_code))
        level = "error" if response.status_code >= 500 else "info"
        fields = {
            "metodo": request.method,
            "caminho": request.path[:512],
            "rota": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "ator": current().ator,
        }
        getattr(logger, level)("requisicao", extra=fields)


def route_of(request: HttpRequest) -> str:
    """The template that the path matched, such as /clientes/<pk>: there are few of them, and they hold nobody's data."""
    match = request.resolver_match
    if match is None:
        return "desconhecida"
    return _template(match.route)


@cache
def _template(route: str) -> str:
    """Patterns of DRF's routers are regular expressions; what they capture is shown by name."""
    named = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)", r"<\1>", route)
    return "/" + re.sub(r"<\w+:(\w+)>", r"<\1>", named).replace("^", "").replace("$", "").replace("/?", "").replace("\\Z", "").strip("/")
