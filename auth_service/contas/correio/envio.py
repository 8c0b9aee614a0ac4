"""The loop of `manage.py eventos` that makes and sends mail, one message at a time. A crash sends one twice rather than never."""

import threading
from collections.abc import Callable
from datetime import timedelta

from anymail.exceptions import AnymailError
from cryptography.fernet import InvalidToken
from django.core.mail import EmailMessage
from django.utils import timezone

from crm_shared.db import atomic
from crm_shared.events.leases import Lease
from crm_shared.jobs.rows import claim, held, take_back
from crm_shared.observability.logs import get_logger

from ..convites import cartas as convites
from . import senha
from .models import Correio
from .saida import alvo_de

logger = get_logger("crm.correio")

# what makes the message of each kind, with a fresh token; None where there is nobody to write to
CARTAS: dict[str, Callable[[str], EmailMessage | None]] = {
    Correio.Tipo.SENHA: senha.carta,
    Correio.Tipo.CONVITE: convites.carta,
}
_ARRENDO = timedelta(minutes=2)  # longer than a slow server takes
_ESPERAS = (10, 60, 300, 900, 3600)  # seconds after each failure; then it is given up
_OCIO = 1.0


class Envio:
    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    def turn(self, stop: threading.Event) -> None:
        if not (self.lease.hold() and enviar_proximo()):
            stop.wait(_OCIO)


def enviar_proximo() -> bool:
    """Whether there was a message to send, however it went."""
    take_back(Correio)
    vez = Correio.objects.filter(estado=Correio.Estado.PENDENTE, proxima_em__lte=timezone.now()).order_by("proxima_em")
    pk = vez.values_list("pk", flat=True).first()
    correio = claim(Correio, pk, _ARRENDO) if pk else None
    if correio is None:
        return False
    try:
        carta = CARTAS[correio.tipo](alvo_de(correio))
        if carta is not None:
            carta.send()
    except (OSError, AnymailError, InvalidToken) as error:
        _adiar(correio, error)
    else:
        _concluir(correio)
    return True


@atomic
def _concluir(correio: Correio) -> None:
    held(correio).delete()


@atomic
def _adiar(correio: Correio, error: Exception) -> None:
    linha = held(correio)
    desiste = linha.tentativas > len(_ESPERAS) or isinstance(error, InvalidToken)
    logger.warning("correio falhou", extra={"correio": str(linha.pk), "tipo": linha.tipo, "desiste": desiste}, exc_info=error)
    linha.estado = Correio.Estado.FALHOU if desiste else Correio.Estado.PENDENTE
    linha.arrendada_ate = None
    linha.proxima_em = timezone.now() + timedelta(seconds=0 if desiste else _ESPERAS[linha.tentativas - 1])
    linha.save()
