"""What the right password earns of somebody who has a second factor: a token that only asks for the code, once, for five minutes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from crm_shared import bus
from crm_shared.errors import NotAuthenticated

from ..models import Usuario

VALIDADE = timedelta(minutes=5)
_SAL = "contas.desafio"


class DesafioInvalido(NotAuthenticated):
    codigo = "desafio_invalido"
    detail = "Este pedido de código não vale mais. Entre de novo com a senha."


@dataclass(frozen=True)
class Desafio:
    """`numero` makes it single-use."""

    usuario: Usuario
    numero: str


def criar(usuario: Usuario) -> str:
    dados = {"u": str(usuario.pk), "n": secrets.token_urlsafe(12), "s": _marca(usuario)}
    return signing.dumps(dados, salt=_SAL)


def ler(texto: str) -> Desafio:
    """Raises DesafioInvalido when it is not ours, too old, used, or the person has another password or no access any more."""
    try:
        dados = signing.loads(texto, salt=_SAL, max_age=VALIDADE)
    except signing.BadSignature:
        raise DesafioInvalido from None
    usuario = Usuario.objects.vivos().filter(pk=dados["u"], ativo=True).first()
    if usuario is None or not constant_time_compare(dados["s"], _marca(usuario)) or bus.connection().exists(_nome(dados["n"])):
        raise DesafioInvalido
    return Desafio(usuario, dados["n"])


def gastar(desafio: Desafio) -> None:
    """Raises DesafioInvalido for whoever comes second."""
    if not bus.connection().set(_nome(desafio.numero), 1, nx=True, ex=VALIDADE):
        raise DesafioInvalido


def _nome(numero: str) -> str:
    return f"auth:desafio:{numero}"


def _marca(usuario: Usuario) -> str:
    return salted_hmac(_SAL, usuario.password, algorithm="sha256").hexdigest()[:16]
