"""From an event to deliveries: one row for each subscription that wants it, in the consumer's own transaction."""

import threading
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_shared.events.consume import Received
from crm_shared.observability.context import current
from crm_shared.q import QError
from crm_shared.q.events import event_row, meets

from .direitos import do_retrato
from .models import EntregaWebhook, Webhook
from .visibilidade import pode_ver

# set after the commit of new rows: the loop that sends them runs in this same process
aviso = threading.Event()


def registrar_entregas(event: Received) -> None:
    """The same event twice makes one row: the constraint decides."""
    interessados = Webhook.objects.filter(ativo=True, excluido_em__isnull=True, tipos__contains=[event.tipo])
    novas = [_entrega(webhook, event) for webhook in interessados if interessa(webhook, event)]
    if novas:
        EntregaWebhook.objects.bulk_create(novas, ignore_conflicts=True)
        transaction.on_commit(aviso.set)


def interessa(webhook: Webhook, event: Received) -> bool:
    dados, pessoais = event.data.split()
    sabe_se = webhook.direitos_em is not None  # else the sender, who asks auth, decides
    if sabe_se and not pode_ver(do_retrato(webhook), event.tipo, dados, event.subject):
        return False
    return _mudou(webhook, event) and _atende(webhook, event, dados, pessoais)


def _mudou(webhook: Webhook, event: Received) -> bool:
    """An event that tells no changes (a creation) concerns every field."""
    mudados = {item["campo"] for item in event.mudancas}
    return not webhook.campos_observados or not mudados or not mudados.isdisjoint(webhook.campos_observados)


def _atende(webhook: Webhook, event: Received, dados: dict[str, Any], pessoais: dict[str, Any]) -> bool:
    if not webhook.q:
        return True
    row = event_row(dados=dados, pessoais=pessoais, ator=event.ator, registro_id=event.subject)
    try:
        return meets(webhook.q, event.tipo, row, timezone.now())
    except QError:  # a field that a later release of the event no longer has
        return False


def _entrega(webhook: Webhook, event: Received) -> EntregaWebhook:
    return EntregaWebhook(
        webhook=webhook,
        chave=str(event.id),
        evento_id=event.id,
        evento_tipo=event.tipo,
        registro_id=event.subject,
        mensagem=mensagem(event.envelope, pessoais=webhook.dados_pessoais),
        rastro=current().rastro,
        causa=str(event.id),
    )


def mensagem(envelope: dict[str, Any], *, pessoais: bool) -> dict[str, Any]:
    """The CloudEvent as it will be sent; what is not asked for is not even kept here."""
    return envelope if pessoais else {**envelope, "data": {**envelope["data"], "pessoais": {}}}
