"""The one place that signs access tokens, and the only module that knows SimpleJWT (ADR 0004).

Its parts that would hurt stay unused: rotation and blacklist (not single-use), HMAC by SECRET_KEY, claims copied on refresh.
"""

import secrets
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import Token

from crm_shared.auth.short import short_id, short_scopes

from .direitos import Direitos
from .keys import signing_key

PESSOAS = "crm"  # the audience of people's tokens: every service
VALIDADE = timedelta(minutes=5)
VALIDADE_SERVICO = timedelta(minutes=2)
_NOME_MAX = 60  # characters; the token travels with every request


class _Backend(TokenBackend):
    """SimpleJWT's own names no `kid`, by which verifiers choose the key, nor the type by which they tell token from assertion."""

    def encode(self, payload: dict[str, Any]) -> str:
        key = signing_key()
        return jwt.encode(payload, key.private, algorithm="ES256", headers={"typ": "at+jwt", "kid": key.kid})


class _AccessToken(Token):
    token_type = "access"  # noqa: S105 - a kind, not a secret
    lifetime = VALIDADE
    _token_backend = _Backend("ES256")

    def __init__(self, validade: timedelta, emitido_em: int | None, **claims: Any) -> None:
        super().__init__()
        del self.payload["token_type"]  # the header's `typ` says it
        iat = emitido_em or self.payload["iat"]
        self.payload |= {"iss": settings.AUTH_ISSUER, "iat": iat, "nbf": iat, "exp": iat + int(validade.total_seconds()), **claims}

    def set_jti(self) -> None:
        self.payload["jti"] = secrets.token_urlsafe(12)


def emitir_de_pessoa(*, sub: str, sid: str, nome: str, direitos: Direitos, emitido_em: int | None = None) -> str:
    """`emitido_em`: see revogacoes.emitido_em; it was asked before `direitos` were read; else now."""
    return str(_AccessToken(VALIDADE, emitido_em, aud=PESSOAS, sub=sub, sid=sid, nome=nome[:_NOME_MAX], **_claims(direitos)))


def emitir_de_servico(*, servico: str, sid: str, audiencia: str, direitos: Direitos, obo: str | None, emitido_em: int | None) -> str:
    """`obo`: the user for whom the service acts, whose rights `direitos` already respects; only then `emitido_em` is needed."""
    quem = {"obo": obo} if obo else {}
    return str(_AccessToken(VALIDADE_SERVICO, emitido_em, aud=audiencia, sub=f"svc:{servico}", sid=sid, **quem, **_claims(direitos)))


def _claims(direitos: Direitos) -> dict[str, Any]:
    claims = {"scope": short_scopes(direitos.escopos), "vis": direitos.vis, "equipes": [short_id(equipe) for equipe in direitos.equipes]}
    return claims | ({"campos": campos} if (campos := direitos.campos) else {})
