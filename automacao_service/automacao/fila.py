"""Putting runs into the queue. The message carries only the id; the row says the rest."""

from automacao_service.celery import app
from crm_shared.jobs.app import send
from crm_shared.observability.context import working_as

from .models import Execucao

TAREFA = "automacao.executar"


def enfileirar(execucao: Execucao) -> bool:
    """False when the queue is out; the sweep comes by again."""
    with working_as(rastro=execucao.rastro, causa=execucao.causa or None):
        return send(app, TAREFA, str(execucao.pk))
