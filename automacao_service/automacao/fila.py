"""Putting runs and sagas into the queue. The message carries only the id; the row says the rest."""

from automacao_service.celery import app
from crm_shared.jobs.app import send
from crm_shared.observability.context import working_as

from .models import Execucao, Saga

TAREFA, TAREFA_SAGA = "automacao.executar", "automacao.executar_saga"


def enfileirar(linha: Execucao | Saga) -> bool:
    """False when the queue is out; the sweep comes by again."""
    tarefa = TAREFA_SAGA if isinstance(linha, Saga) else TAREFA
    with working_as(rastro=linha.rastro, causa=linha.causa or None):
        return send(app, tarefa, str(linha.pk))
