"""Into the admin with the gateway's session: there and back, without a second password.

This admin leaves a `estado` in the browser and sends it to the gateway, which comes back by a form with that `estado` and a pass of
auth's (POST /auth/passe). Only who was sent can come back, so nobody can be made to work in somebody else's session.
"""

import secrets
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare

MAX_AGE = 10 * 60  # seconds; enough to sign in at the gateway on the way
_TOKEN_MAX = 4096


def to_gateway(next_url: str) -> HttpResponse:
    estado = secrets.token_urlsafe(24)
    query = urlencode({"estado": estado, "para": next_url})
    answer = HttpResponseRedirect(f"{settings.GATEWAY_PUBLIC_URL}/entrar/admin/{settings.SERVICE}?{query}")
    answer.set_cookie(_cookie(), estado, max_age=MAX_AGE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def pass_of(request: HttpRequest) -> str | None:
    """The pass that came back, if this browser was sent for it."""
    sent, expected = request.POST.get("estado", ""), request.COOKIES.get(_cookie(), "")
    passe = request.POST.get("passe", "")
    return passe if expected and 0 < len(passe) <= _TOKEN_MAX and constant_time_compare(sent, expected) else None


def forget(answer: HttpResponse) -> HttpResponse:
    answer.delete_cookie(_cookie(), path="/", samesite="Lax")
    return answer


def _cookie() -> str:
    return f"__Host-estado_{settings.SERVICE}"
