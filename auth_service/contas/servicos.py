"""Tokens for services that act by themselves: each proves itself by its own key and gets a short token for one target."""

import re
import secrets
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from crm_shared import bus

from . import revogacoes, tokens
from .direitos import Direitos, direitos_de
from .exceptions import AssercaoInvalida, OboInativo
from .keys import public_key
from .models import Usuario

AUDIENCIA = "crm-auth"  # of an assertion
SERVICOS = ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")  # whom a token may be for

# All that each service may ever do: for a user what that user may as well, by itself without one.
ESCOPOS = {
    "automacao": (
        "tarefas:ler",
        "tarefas:criar",
        "tarefas:editar",
        "tarefas:excluir",  # here and below: to undo what a saga of its own did
        "tarefas:lote",  # here and below: to hand over all that somebody who left owned
        "tarefas:atribuir",  # here and below: for somebody other than the flow's owner, as far as the owner may
        "clientes:ler",
        "clientes:editar",
        "clientes:lote",
        "clientes:atribuir",
        "leads:ler",
        "leads:editar",
        "leads:lote",
        "leads:atribuir",
        "vendas:ler",
        "vendas:criar",
        "vendas:editar",
        "vendas:excluir",
        "vendas:lote",
        "vendas:atribuir",
        "empresas:ler",
        "empresas:criar",
        "empresas:editar",
        "empresas:excluir",
        "empresas:lote",
        "empresas:atribuir",
        "comunicacao:ler",  # this, and flows themselves: for the same
        "comunicacao:editar",
        "comunicacao:lote",
        "comunicacao:atribuir",
        "automacao:ler",
        "automacao:editar",
        "automacao:lote",
        "automacao:atribuir",
        "usuarios:ler",
    ),
}

_VIDA = 60  # seconds, at most, from now to an assertion's exp
_FOLGA = 5
_JTI = re.compile(r"[!-~]{1,128}")


def emitir_token(*, assertion: str, audiencia: str, obo: UUID | None = None) -> str:
    """A token for `audiencia`. With `obo` it can do what both the service and that user may do now.

    One for the service itself opens nothing elsewhere; with `obo` it says all that the user may: so a service that acts
    later, or tells somebody something, knows whether that user still may see it.
    """
    servico = _conferir(assertion)
    emitido_em = revogacoes.emitido_em(obo) if obo else None
    direitos = _direitos(servico, obo, de_si=audiencia == servico)
    sid, quem = secrets.token_urlsafe(12), str(obo) if obo else None
    return tokens.emitir_de_servico(servico=servico, sid=sid, audiencia=audiencia, direitos=direitos, obo=quem, emitido_em=emitido_em)


def _direitos(servico: str, obo: UUID | None, *, de_si: bool) -> Direitos:
    if obo is None:
        return Direitos(dict.fromkeys(ESCOPOS[servico], "todos"))
    usuario = Usuario.objects.vivos().filter(pk=obo, ativo=True).first()
    if usuario is None:
        raise OboInativo(campo="obo")
    return direitos_de(usuario) if de_si else direitos_de(usuario).limitados_a(ESCOPOS[servico])


def _conferir(assertion: str) -> str:
    """The service that signed `assertion`, which works once. What exactly is wrong goes to nobody."""
    try:
        servico = _emissor(assertion)
        claims = _claims(assertion, servico)
    except (jwt.PyJWTError, OSError, ValueError) as error:
        raise AssercaoInvalida from error
    agora = time.time()
    if claims["sub"] != claims["iss"] or claims["exp"] > agora + _VIDA + _FOLGA or not _JTI.fullmatch(claims["jti"]):
        raise AssercaoInvalida
    # kept a little longer than the assertion itself is good for
    if not bus.connection().set(f"auth:assercao:{servico}:{claims['jti']}", 1, nx=True, ex=_VIDA + 3 * _FOLGA):
        raise AssercaoInvalida
    return servico


def _emissor(assertion: str) -> str:
    """The name that an assertion claims; it only chooses the key that must then have signed it."""
    issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    servico = issuer.removeprefix("svc:") if isinstance(issuer, str) else ""
    if servico not in ESCOPOS or issuer != f"svc:{servico}":
        raise ValueError("no service of ours")
    return servico


def _claims(assertion: str, servico: str) -> dict[str, Any]:
    if not settings.AUTH_SERVICE_KEYS_DIR:
        raise OSError("AUTH_SERVICE_KEYS_DIR is not set")
    key = public_key(Path(settings.AUTH_SERVICE_KEYS_DIR) / f"{servico}.pub.pem")
    claims: dict[str, Any] = jwt.decode(
        assertion,
        key,
        algorithms=["ES256"],
        audience=AUDIENCIA,
        issuer=f"svc:{servico}",
        leeway=_FOLGA,
        options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"], "strict_aud": True},
    )
    return claims
