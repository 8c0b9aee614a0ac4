"""Putting a message into the line of those that are to leave."""

from django.conf import settings

from crm_shared.errors import RuleRefused
from crm_shared.sealing import seal_for

from .models import Correio

_SELADO_PARA = "contas.correio"


class CorreioDesligado(RuleRefused):
    codigo = "correio_desligado"
    detail = "Este CRM não envia mensagens: falta configurar EMAIL_URL."


def exigir_correio() -> None:
    """Nothing is promised that could not be kept."""
    if not settings.MAIL_ENABLED:
        raise CorreioDesligado


def por_no_correio(tipo: Correio.Tipo, alvo: str) -> None:
    Correio.objects.create(estado=Correio.Estado.PENDENTE, tipo=tipo, alvo=seal_for(_SELADO_PARA).encrypt(alvo.encode()).decode())


def alvo_de(correio: Correio) -> str:
    """Raises cryptography.fernet.InvalidToken when SECRET_KEY was changed meanwhile."""
    return seal_for(_SELADO_PARA).decrypt(correio.alvo).decode()
