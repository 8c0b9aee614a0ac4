"""DRF authentication by the CRM's access token. Only verifies: no service but auth can sign."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from ..observability.context import set_actor, set_cause
from .claims import Claims
from .keys import KeySet, KeysUnavailable, LocalKeys
from .principal import Principal
from .revocation import Revocations
from .revocation_feed import Feed
from .tokens import InvalidToken, RevocationsUnknown, TokenVerifier

EVENT_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class KeysNotLoaded(APIException):
    """The signing keys could not be fetched yet: nobody can be told apart, so nobody is refused for good."""

    status_code = 503
    default_code = "chaves_indisponiveis"
    default_detail = "As chaves de assinatura ainda não foram carregadas. Tente de novo em instantes."
    retry_after = 2


class RevocationsNotHeard(APIException):
    """This process has only just begun and the bus does not answer: a token that was revoked could not be told from a good one."""

    status_code = 503
    default_code = "revogacoes_indisponiveis"
    default_detail = "Ainda não se sabe quais sessões terminaram. Tente de novo em instantes."
    retry_after = 2


class RevocationsStale(APIException):
    """Nothing was heard of auth's revocations for a while: reads go on for what is left of a token's 5 minutes, writes do not."""

    status_code = 503
    default_code = "revogacoes_atrasadas"
    default_detail = "Não se sabe há alguns segundos quais sessões terminaram: por ora só se lê. Tente de novo em instantes."
    retry_after = 5


@cache
def revocations() -> Revocations:
    """One per process, as the verifier; auth reads what it revoked at the source."""
    known_here = import_string(settings.AUTH_LOCAL_REVOCATIONS) if settings.AUTH_LOCAL_REVOCATIONS else None
    return Revocations(Feed(settings.BUS_URL, known_here=known_here))


@cache
def verifier() -> TokenVerifier:
    """One per process; tests replace it (crm_shared.testing)."""
    keys = LocalKeys(import_string(settings.AUTH_LOCAL_JWKS)) if settings.AUTH_LOCAL_JWKS else KeySet(settings.AUTH_JWKS_URL)
    return TokenVerifier(keys, issuer=settings.AUTH_ISSUER, audiences=("crm", settings.SERVICE), revocations=revocations())


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; no other source of identity is read."""

    def authenticate(self, request: Request) -> tuple[Principal, Any] | None:
        found = self.identify(request)
        if found:
            refuse_to_write_blindly(request.method)
        return found

    def identify(self, request: Request) -> tuple[Principal, Any] | None:
        """Who calls, whatever for."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise AuthenticationFailed("Envie o cabeçalho Authorization: Bearer <token>.", code="token_invalido")
        try:
            claims = verifier().verify(token.strip())
        except InvalidToken as error:
            revoked = error.codigo == "token_revogado"
            detail = "A sessão deste token terminou, ou o que ele permite mudou." if revoked else "O token de acesso é inválido ou expirou."
            raise AuthenticationFailed(detail, code=error.codigo) from None
        except RevocationsUnknown:
            raise RevocationsNotHeard from None
        except KeysUnavailable:
            raise KeysNotLoaded from None
        set_actor(claims.sub)
        _take_cause(request, claims)
        return Principal.from_claims(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def refuse_to_write_blindly(method: str | None) -> None:
    """Raises RevocationsStale for what may change something while the revocations are stale."""
    if method not in SAFE_METHODS and not verifier().fresh:
        raise RevocationsStale


def _take_cause(request: Request, claims: Claims) -> None:
    """`X-Causa`, the event on whose account a service calls; from people it would be a claim that nobody checked."""
    causa = request.headers.get("X-Causa", "")
    if claims.is_service and EVENT_ID.fullmatch(causa):
        set_cause(causa)
