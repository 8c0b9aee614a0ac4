"""Who looks at the browsable API: a browser cannot send `Authorization`, but it has the session of the admin's login."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request

from ..api.csrf import has_token
from ..auth.authentication import TokenAuthentication, refuse_to_write_blindly
from ..auth.principal import Principal
from ..cookies import exactly_named
from ..observability.context import set_actor

_HTML = "text/html"


class AccountsOut(APIException):
    status_code = 503
    default_code = "auth_indisponivel"
    default_detail = "O serviço de acesso não respondeu. Tente de novo em instantes."
    retry_after = 2


class TokenOrBrowser(TokenAuthentication):
    """`Authorization` as ever. Without it, and only for a page, the session's person; what changes anything asks for CSRF's token."""

    def authenticate(self, request: Request) -> tuple[Principal, Any] | None:
        found = super().authenticate(request)
        if found is not None or _HTML not in request.META.get("HTTP_ACCEPT", "") or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return found
        return _of_session(request)


def _of_session(request: Request) -> tuple[Principal, Any] | None:
    from .accounts import AccountsUnavailable  # late: a service without browsers loads none of it
    from .people import claims_of

    jar = request._request.COOKIES = exactly_named(request.META.get("HTTP_COOKIE", ""))
    session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(jar.get(settings.SESSION_COOKIE_NAME))
    try:
        claims = claims_of(session)
    except AccountsUnavailable:
        raise AccountsOut from None
    if claims is None:
        return None
    if session.modified and not session.is_empty():
        session.save()
    if not has_token(request._request):
        raise PermissionDenied("O formulário expirou ou veio de outra página. Recarregue e tente de novo.", code="csrf_invalido")
    refuse_to_write_blindly(request.method)
    set_actor(claims.sub)
    return Principal.from_claims(claims), claims
