"""What the worker does, and what `manage.py eventos` does from time to time."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from automacao_service.celery import app
from crm_shared.jobs.rows import sweep
from crm_shared.observability.logs import get_logger

from . import motor
from .fila import TAREFA, TAREFA_SAGA, enfileirar
from .models import CadeiaCausal, Execucao, Saga
from .sagas import motor as motor_de_sagas
from .selectors import sagas_paradas

logger = get_logger("automacao.saga")

GUARDAR_IGNORADAS = timedelta(days=30)
GUARDAR_CADEIAS = timedelta(days=90)


@app.task(name=TAREFA)
def executar(execucao_id: str) -> None:
    motor.executar(UUID(execucao_id))


@app.task(name=TAREFA_SAGA)
def executar_saga(saga_id: str) -> None:
    motor_de_sagas.executar(UUID(saga_id))


def varrer() -> int:
    """Runs and sagas whose worker died, whose wait is over, whose message was lost."""
    return sweep(Saga, enfileirar) + sweep(Execucao, enfileirar)


def avisar_paradas() -> None:
    """One line for each stuck saga, until it goes on."""
    for saga in sagas_paradas()[:100]:
        extra = {"saga": str(saga.pk), "tipo": saga.tipo, "estado": str(saga.estado), "passo": saga.passo_atual, "erro": saga.erro}
        logger.error("saga parada", extra=extra)


def esquecer_antigas() -> None:
    agora = timezone.now()
    Execucao.objects.filter(estado=Execucao.Estado.IGNORADA, criado_em__lt=agora - GUARDAR_IGNORADAS).delete()
    CadeiaCausal.objects.filter(criado_em__lt=agora - GUARDAR_CADEIAS).delete()
