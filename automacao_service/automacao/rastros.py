"""What this service adds to a trace: runs of flows, sagas and deliveries to webhooks."""

from collections.abc import Iterable

from crm_shared.api.traces import Step, first, step

from .models import Execucao, Saga
from .webhooks.models import EntregaWebhook


def execucoes(rastro: str) -> Iterable[Step]:
    for row in first(Execucao.objects.filter(rastro=rastro).select_related("fluxo")):
        yield step("execucao", row.pk, row.fluxo.nome, row.criado_em, situacao=row.estado, causa=row.causa, registro_id=row.alvo_id)


def sagas(rastro: str) -> Iterable[Step]:
    for row in first(Saga.objects.filter(rastro=rastro)):
        quem = {"registro_id": row.alvo_id, "ator": row.responsavel_id}
        yield step("saga", row.pk, row.tipo, row.criado_em, situacao=row.estado, causa=row.causa, **quem)


def entregas(rastro: str) -> Iterable[Step]:
    for row in first(EntregaWebhook.objects.filter(rastro=rastro).select_related("webhook")):
        yield step("entrega", row.pk, row.webhook.nome, row.criado_em, situacao=row.estado, causa=row.causa, registro_id=row.registro_id)
