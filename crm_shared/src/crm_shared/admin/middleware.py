"""Sessions, messages, people and headers for /admin/ alone: every other request passes by one comparison."""

import json
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from ..api.problems import CONTENT_TYPE as PROBLEM
from ..auth import authentication
from ..auth.principal import Principal
from ..cookies import exactly_named
from ..observability.context import set_actor
from ..observability.logs import get_logger
from .accounts import AccountsUnavailable
from .people import Person, claims_of

logger = get_logger("crm.admin")

PREFIX = "/admin/"
# Alpine, by which the theme's pages move, evaluates expressions in attributes (ADR 0019)
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
OUTAGES = (AccountsUnavailable, DatabaseError, InterfaceError, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class AdminMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        inner: Any = MessageMiddleware(self._as_person)
        self._pages: Any = SessionMiddleware(inner)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.COOKIES = exactly_named(request.META.get("HTTP_COOKIE", ""))
        try:
            with timezone.override(settings.REPORT_TIME_ZONE):
                response: HttpResponseBase = self._pages(request)
        except OUTAGES as error:
            response = unavailable(request, error)
        response = as_page(request, response)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Within /admin/ a store that is out is a page; Django calls this before it answers 500."""
        if request.path_info.startswith(PREFIX) and isinstance(exception, OUTAGES):
            return unavailable(request, exception)
        return None

    def _as_person(self, request: HttpRequest) -> HttpResponseBase:
        claims = claims_of(request.session)
        request.user = Person(Principal.from_claims(claims)) if claims else AnonymousUser()  # type: ignore[assignment]
        if claims:
            set_actor(claims.sub)
            if request.method == "POST" and not request.path_info.endswith("/logout/") and not authentication.verifier().fresh:
                return unavailable(request, AccountsUnavailable("the revocations are stale"))
        return self.get_response(request)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("administracao indisponivel", exc_info=error)
    page = render(request, "crm_admin/indisponivel.html", status=503)
    page.headers["Retry-After"] = "2"
    return page


def as_page(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The API's error documents are for clients; people get the same words on a page."""
    if not response.headers.get("Content-Type", "").startswith(PROBLEM) or not isinstance(response, HttpResponse):
        return response
    return render(request, "crm_admin/recusa.html", {"problema": json.loads(response.content)}, status=response.status_code)
