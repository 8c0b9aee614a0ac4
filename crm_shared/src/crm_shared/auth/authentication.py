"""DRF authentication by the CRM's access token. Only verifies: no service but auth can sign."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from ..observability.context import set_actor, set_cause
from .claims import Claims
from .keys import KeySet, KeysUnavailable
from .principal import Principal
from .tokens import InvalidToken, TokenVerifier

EVENT_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class KeysNotLoaded(APIException):
    """The signing keys could not be fetched yet: nobody can be told apart, so nobody is refused for good."""

    status_code = 503
    default_code = "chaves_indisponiveis"
    default_detail = "As chaves de assinatura ainda não foram carregadas. Tente de novo em instantes."
    retry_after = 2


@cache
def verifier() -> TokenVerifier:
    """One per process; tests replace it (crm_shared.testing)."""
    keys = KeySet.of(import_string(settings.AUTH_LOCAL_JWKS)()) if settings.AUTH_LOCAL_JWKS else KeySet(settings.AUTH_JWKS_URL)
    return TokenVerifier(keys, issuer=settings.AUTH_ISSUER, audiences=("crm", settings.SERVICE))


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; no other source of identity is read."""

    def authenticate(self, request: Request) -> tuple[Principal, Any] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise AuthenticationFailed("Envie o cabeçalho Authorization: Bearer <token>.", code="token_invalido")
        try:
            claims = verifier().verify(token.strip())
        except InvalidToken as error:
            raise AuthenticationFailed("O token de acesso é inválido ou expirou.", code=error.codigo) from None
        except KeysUnavailable:
            raise KeysNotLoaded from None
        set_actor(claims.sub)
        _take_cause(request, claims)
        return Principal.from_claims(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _take_cause(request: Request, claims: Claims) -> None:
    """`X-Causa`, the event on whose account a service calls; from people it would be a claim that nobody checked."""
    causa = request.headers.get("X-Causa", "")
    if claims.is_service and EVENT_ID.fullmatch(causa):
        set_cause(causa)
