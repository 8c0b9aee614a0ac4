"""What an attempt means for its row and for the subscription: the end, another try later, or the end of the subscription."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.crash_points import point
from crm_shared.db import atomic
from crm_shared.jobs.rows import Lost, held
from crm_shared.observability.logs import get_logger
from crm_shared.records import changes

from .direitos import retrato
from .metrics import ATTEMPTS, DISABLED, SECONDS
from .models import EntregaWebhook, Webhook
from .services import desativar
from .tentativa import ADIADA, ENTREGUE, OCULTA, SEM_ACESSO, Resultado

logger = get_logger("automacao.webhooks")

# seconds before each further attempt, give or take a tenth; with the first one, nine attempts within two days
ESPERAS = (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
DESATIVAR_APOS = timedelta(days=3)  # of nothing but failures
MUITAS, PAUSA = 5, timedelta(seconds=30)  # after so many failures on end one attempt is made now and then
MAX_PAUSA = timedelta(hours=1)  # for which Retry-After holds up the whole subscription
_ESPERA_AUTH = timedelta(seconds=10)
_LEMBRAR = timedelta(seconds=30)  # how exact `ultimo_sucesso_em` is
Estado = EntregaWebhook.Estado


def gravar(entrega: EntregaWebhook, resultado: Resultado) -> None:
    """Nothing where the row is no longer this process's: it slept, and another has sent it again."""
    point("webhooks.antes_da_linha")
    try:
        estado = _gravar(entrega, resultado)
    except Lost:
        logger.warning("entrega perdida para outro processo ou cancelada", extra={"entrega": str(entrega.pk)})
        return
    ATTEMPTS.labels(estado if resultado.tipo != ADIADA else ADIADA).inc()
    if resultado.status:
        SECONDS.observe(resultado.ms / 1000)
    extra = {"entrega": str(entrega.pk), "webhook": str(entrega.webhook_id), "tipo": entrega.evento_tipo, "estado": estado}
    logger.info("webhook", extra={**extra, "status": resultado.status, "erro": resultado.erro, "ms": resultado.ms})


@atomic
def _gravar(entrega: EntregaWebhook, resultado: Resultado) -> str:
    linha = held(entrega)
    agora = timezone.now()
    _mudar(linha, resultado, agora)
    changes.touch(linha)
    if linha.evento_id is not None:
        _sobre_o_webhook(linha, resultado, agora)
    return str(linha.estado)


def _mudar(linha: EntregaWebhook, resultado: Resultado, agora: datetime) -> None:
    linha.arrendada_ate = None
    if resultado.tipo == ADIADA:
        linha.tentativas -= 1  # the receiver was not asked
        linha.estado, linha.proxima_em = Estado.PENDENTE, agora + _ESPERA_AUTH
        return
    if resultado.tipo in (OCULTA, SEM_ACESSO):
        linha.estado, linha.mensagem, linha.terminada_em = Estado.OCULTA, {}, agora
        return
    linha.conferida = True
    linha.envios = [*linha.envios, _envio(resultado, agora)][-EntregaWebhook.MAX_ENVIOS :]
    linha.ultimo_status, linha.erro = resultado.status or None, resultado.erro[:40]
    if resultado.tipo == ENTREGUE:
        linha.estado, linha.terminada_em = Estado.ENTREGUE, agora
    elif resultado.definitiva or linha.tentativas > len(ESPERAS):
        linha.estado, linha.terminada_em = Estado.FALHOU, agora
    else:
        linha.estado, linha.proxima_em = Estado.PENDENTE, agora + espera(linha.tentativas, resultado.esperar)


def _envio(resultado: Resultado, agora: datetime) -> dict[str, Any]:
    return {
        "em": agora.isoformat().replace("+00:00", "Z"),
        "status": resultado.status or None,
        "ms": resultado.ms,
        "erro": resultado.erro,
        "resposta": resultado.resposta,
    }


def espera(tentativas: int, pedida: float) -> timedelta:
    """Before the attempt that follows the `tentativas`-th; never sooner than the receiver asked."""
    propria = ESPERAS[min(tentativas, len(ESPERAS)) - 1] * random.uniform(0.9, 1.1)
    return timedelta(seconds=max(propria, pedida))


def _sobre_o_webhook(linha: EntregaWebhook, resultado: Resultado, agora: datetime) -> None:
    webhooks = Webhook.objects.filter(pk=linha.webhook_id)
    if resultado.quem is not None:
        lembrar_direitos(linha.webhook, resultado.quem)
    if resultado.tipo == ENTREGUE:
        recente = {"ultimo_sucesso_em__gte": agora - _LEMBRAR, "falhas_seguidas": 0, "falhando_desde__isnull": True}
        webhooks.exclude(**recente).update(ultimo_sucesso_em=agora, falhando_desde=None, falhas_seguidas=0, suspenso_ate=None)
    elif resultado.tipo == SEM_ACESSO:
        _desligar(linha, Webhook.Motivo.SEM_ACESSO)
    elif resultado.tipo not in (OCULTA, ADIADA):
        webhooks.update(falhas_seguidas=F("falhas_seguidas") + 1, falhando_desde=Coalesce("falhando_desde", agora))
        _depois_da_falha(linha, resultado, agora)


def _depois_da_falha(linha: EntregaWebhook, resultado: Resultado, agora: datetime) -> None:
    webhook = Webhook.objects.get(pk=linha.webhook_id)
    if resultado.status == 410:
        _desligar(linha, Webhook.Motivo.RECUSADO)
    elif webhook.falhando_desde is not None and webhook.falhando_desde <= agora - DESATIVAR_APOS:
        _desligar(linha, Webhook.Motivo.FALHAS)
    elif pausa := _pausa(webhook.falhas_seguidas, resultado):
        Webhook.objects.filter(pk=webhook.pk).update(suspenso_ate=agora + pausa)


def _pausa(falhas: int, resultado: Resultado) -> timedelta | None:
    pedida = min(timedelta(seconds=resultado.esperar), MAX_PAUSA)
    propria = PAUSA if falhas >= MUITAS else timedelta(0)
    return max(pedida, propria) or None


def _desligar(linha: EntregaWebhook, motivo: str) -> None:
    webhook = changes.lock(Webhook, linha.webhook_id, deleted=True)
    if webhook.ativo and webhook.excluido_em is None:
        desativar(webhook, motivo)
        DISABLED.labels(str(motivo)).inc()
        extra = {"webhook": str(webhook.pk), "motivo": str(motivo), "destino": webhook.destino}
        logger.error("webhook desativado", extra=extra)


def lembrar_direitos(webhook: Webhook, quem: Principal) -> None:
    novos = retrato(quem)
    if webhook.direitos_em is None or webhook.direitos != novos:
        Webhook.objects.filter(pk=webhook.pk).update(direitos=novos, direitos_em=timezone.now())
