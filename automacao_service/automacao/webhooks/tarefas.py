"""What `manage.py eventos` does from time to time for webhooks."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from crm_shared.client import Refused, TryAgain
from crm_shared.db import atomic
from crm_shared.records import changes

from . import direitos
from .metrics import DISABLED
from .models import EntregaWebhook, Webhook
from .resultados import lembrar_direitos
from .services import desativar

GUARDAR = timedelta(days=30)  # the log of deliveries, and with it what they said
VALIDADE = timedelta(days=4)  # of a delivery that nobody could try, because its subscription is switched off
RELER = timedelta(minutes=10)
_PORCAO = 5000
Estado = EntregaWebhook.Estado


def reler_direitos() -> None:
    """So that events out of their owners' sight make no rows. What is sent does not rest on it: the sender asks auth itself."""
    velhos = Q(direitos_em__isnull=True) | Q(direitos_em__lt=timezone.now() - RELER)
    for webhook in Webhook.objects.vivos().filter(velhos, ativo=True, responsavel__isnull=False).order_by("direitos_em")[:50]:
        try:
            quem = direitos.de_agora(webhook.responsavel_id)
        except Refused:
            _sem_acesso(webhook)
        except TryAgain:
            return
        else:
            webhook.direitos_em = None
            lembrar_direitos(webhook, quem)


@atomic
def _sem_acesso(webhook: Webhook) -> None:
    linha = changes.lock(Webhook, webhook.pk)
    if linha.ativo:
        desativar(linha, Webhook.Motivo.SEM_ACESSO)
        DISABLED.labels(str(Webhook.Motivo.SEM_ACESSO)).inc()


def esquecer_entregas() -> None:
    agora = timezone.now()
    vencidas = EntregaWebhook.objects.filter(estado=Estado.PENDENTE, atualizado_em__lt=agora - VALIDADE)
    vencidas.update(estado=Estado.FALHOU, erro="vencida", terminada_em=agora, versao=F("versao") + 1)
    antigas = EntregaWebhook.objects.filter(criado_em__lt=agora - GUARDAR).exclude(estado__in=(Estado.PENDENTE, Estado.ENVIANDO))
    while pks := list(antigas.values_list("pk", flat=True)[:_PORCAO]):
        EntregaWebhook.objects.filter(pk__in=pks).delete()
