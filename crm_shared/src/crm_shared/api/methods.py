"""Plain Django views that are only read."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from .problems import problem_response

_SAFE = ("GET", "HEAD")


def only_read(view: Callable[..., Any]) -> Callable[..., Any]:
    """GET and HEAD; any other method answers 405 as a problem document, which Django's own decorator does not write."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | Awaitable[HttpResponse]:
        found: HttpResponse | Awaitable[HttpResponse] = view(request, *args, **kwargs) if request.method in _SAFE else _refused()
        return found

    @wraps(view)
    async def answer_later(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found: HttpResponse = await view(request, *args, **kwargs) if request.method in _SAFE else _refused()
        return found

    return csrf_exempt(answer_later if iscoroutinefunction(view) else answer)  # what changes nothing can be forged by nobody


def _refused() -> HttpResponse:
    return problem_response(405, "metodo_nao_permitido", "Este endereço só pode ser lido.", {"Allow": ", ".join(_SAFE)})
