"""What the gateway leaves in a browser: both tokens, out of the reach of scripts and of other hosts."""

from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpRequest
from django.utils.decorators import async_only_middleware

from crm_shared.cookies import exactly_named
from gateway.accounts import Pair

# the browser itself sees to it that these are Secure, of this host alone and for every path of it
ACCESS, REFRESH = "__Host-acesso", "__Host-renovacao"


@async_only_middleware
def middleware(get_response: Any) -> Any:
    """Pages and Django's check of CSRF see them so."""

    async def respond(request: HttpRequest) -> Any:
        request.COOKIES = exactly_named(request.META.get("HTTP_COOKIE", ""))
        return await get_response(request)

    return respond


def of(pair: Pair) -> "SimpleCookie":
    return _jar({ACCESS: pair.access, REFRESH: pair.refresh})


def gone() -> "SimpleCookie":
    jar = _jar({ACCESS: "", REFRESH: ""})
    for morsel in jar.values():
        morsel["max-age"] = 0
    return jar


def fields(jar: "SimpleCookie | None") -> list[tuple[str, str]]:
    """Of the answer that sets them."""
    return [("Set-Cookie", morsel.OutputString()) for morsel in jar.values()] if jar else []


def _jar(values: dict[str, str]) -> "SimpleCookie":
    """Without an age: they go when the browser is closed; auth decides when the session ends."""
    jar = SimpleCookie(values)
    for morsel in jar.values():
        morsel["path"], morsel["secure"], morsel["httponly"], morsel["samesite"] = "/", True, True, "Lax"
    return jar
