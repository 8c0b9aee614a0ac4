"""What the worker does, and what `manage.py eventos` does from time to time."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from automacao_service.celery import app
from crm_shared.jobs.rows import sweep

from . import motor
from .fila import TAREFA, enfileirar
from .models import CadeiaCausal, Execucao

GUARDAR_IGNORADAS = timedelta(days=30)
GUARDAR_CADEIAS = timedelta(days=90)


@app.task(name=TAREFA)
def executar(execucao_id: str) -> None:
    motor.executar(UUID(execucao_id))


def varrer() -> int:
    """Runs whose worker died, whose wait is over, whose message was lost."""
    return sweep(Execucao, enfileirar)


def esquecer_antigas() -> None:
    agora = timezone.now()
    Execucao.objects.filter(estado=Execucao.Estado.IGNORADA, criado_em__lt=agora - GUARDAR_IGNORADAS).delete()
    CadeiaCausal.objects.filter(criado_em__lt=agora - GUARDAR_CADEIAS).delete()
