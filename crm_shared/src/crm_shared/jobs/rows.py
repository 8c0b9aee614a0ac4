"""Jobs whose truth is a row: a message may be lost or doubled, the effect may not.

A worker claims the row by a conditional update and holds it for a lease; each of its writes checks that it still does.
A sweep takes back the rows of dead workers and enqueues what is due and was not enqueued lately.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ..crash_points import point
from ..db import atomic, require_atomic
from ..records.models import Record

BATCH = 500
ENQUEUED_FOR = timedelta(seconds=30)  # how long a message may wait in the queue before it is taken for lost


class Job(Record):
    """Columns of a claimable record; the subclass gives `estado` its choices and says which wait and which one runs.

    Where `estado` tells the direction of the work instead (a saga goes on or back), RUNNING and QUEUED stay empty:
    the lease alone then tells that a worker has the row.
    """

    WAITING: ClassVar[tuple[str, ...]]
    RUNNING: ClassVar[str] = ""
    QUEUED: ClassVar[str] = ""  # the waiting state to which a dead worker's row returns

    estado = models.CharField("estado", max_length=10)
    proxima_em = models.DateTimeField("próxima vez", default=timezone.now, editable=False)
    enfileirada_em = models.DateTimeField(null=True, editable=False)
    arrendada_ate = models.DateTimeField(null=True, editable=False)
    vez = models.PositiveIntegerField(default=0, editable=False)  # fencing token: grows with each claim
    tentativas = models.PositiveIntegerField("tentativas", default=0, editable=False)

    class Meta:
        abstract = True


J = TypeVar("J", bound=Job)


class Lost(Exception):
    """The row is no longer this worker's: its lease ran out and another has it, or somebody cancelled it."""


def _free(model: type[Job]) -> Q:
    waiting = Q(estado__in=model.WAITING)
    return waiting if model.RUNNING else waiting & Q(arrendada_ate__isnull=True)


def _in_hand(model: type[Job]) -> Q:
    return Q(estado=model.RUNNING) if model.RUNNING else Q(estado__in=model.WAITING, arrendada_ate__isnull=False)


def _state(estado: str) -> dict[str, str]:
    return {"estado": estado} if estado else {}


def claim(model: type[J], pk: UUID, lease: timedelta) -> J | None:
    """The row, now running and ours until the lease ends; None when it is not due, not waiting or somebody else's."""
    now = timezone.now()
    free = model.objects.filter(_free(model), pk=pk, proxima_em__lte=now)
    taken = free.update(
        **_state(model.RUNNING),
        arrendada_ate=now + lease,
        enfileirada_em=None,
        vez=F("vez") + 1,
        tentativas=F("tentativas") + 1,
        versao=F("versao") + 1,
        atualizado_em=now,
    )
    if not taken:
        return None
    return model._default_manager.filter(pk=pk).first()


def held(job: J) -> J:
    """The row as it is now, locked until the transaction ends. Raises Lost: what the worker did must then not be written."""
    require_atomic("held")
    row: J | None = type(job).objects.select_for_update().filter(_in_hand(type(job)), pk=job.pk, vez=job.vez).first()
    if row is None:
        raise Lost
    return row


def sweep(model: type[J], enqueue: Callable[[J], bool]) -> int:
    """Take back, then enqueue, the oldest first, until the queue refuses one. Answers how many were enqueued."""
    take_back(model)
    sent = 0
    for row in _due(model):
        point("varredura.antes_de_enfileirar")
        if not enqueue(row):
            break
        sent += 1
    return sent


def take_back(model: type[Job]) -> int:
    """Rows whose worker died go back to waiting; if it only slept, `held` stops it when it wakes."""
    now = timezone.now()
    dead = model.objects.filter(_in_hand(model), arrendada_ate__lt=now)
    return dead.update(**_state(model.QUEUED), arrendada_ate=None, enfileirada_em=None, versao=F("versao") + 1, atualizado_em=now)


@atomic
def _due(model: type[J]) -> list[J]:
    """Marked as enqueued before they are: a crash in between costs ENQUEUED_FOR, the other order would flood the queue."""
    now = timezone.now()
    idle = Q(enfileirada_em__isnull=True) | Q(enfileirada_em__lt=now - ENQUEUED_FOR)
    waiting = model.objects.filter(idle, _free(model), proxima_em__lte=now)
    rows: list[J] = list(waiting.select_for_update(skip_locked=True).order_by("proxima_em")[:BATCH])
    model.objects.filter(pk__in=[row.pk for row in rows]).update(enfileirada_em=now)
    return rows
