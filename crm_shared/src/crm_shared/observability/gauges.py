"""What /metrics reads in the service's own stores when it is asked: lags, dead letters, jobs that wait.

Read at most every few seconds, by bounded counts over indexes; a store that is out costs its timeout and shows as `crm_store_up 0`.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client.core import GaugeMetricFamily, Metric

from .. import bus, sentinel
from ..db import atomic, is_mongo
from ..events.models import CartaMorta, Evento
from ..jobs.rows import Job
from .logs import get_logger

logger = get_logger("crm.metricas")

FRESH_FOR = 5.0  # seconds
COUNTED = 10_000  # more is shown as this much: a count over everything would cost more than it tells
_SECONDS = 1  # of the whole reading on PostgreSQL; on MongoDB the driver's timeoutMS holds

_lock = Lock()
_kept: list[Metric] = []
_until = 0.0


def store_gauges() -> Iterator[Metric]:
    """The gauges, from a reading that is at most FRESH_FOR old; concurrent scrapes share it."""
    global _kept, _until
    with _lock:
        if time.monotonic() > _until:
            _kept = _read()
            _until = time.monotonic() + FRESH_FOR
        yield from _kept


def _read() -> list[Metric]:
    up = GaugeMetricFamily("crm_store_up", "1 when the store answered this reading.", labels=["armazenamento"])
    found: list[Metric] = [up]
    for name, read in {"banco": _database, "barramento": _bus, **({"fila": _queue} if _queue_url() else {})}.items():
        gauges = _try(name, read)
        up.add_metric([name], 0 if gauges is None else 1)
        found += gauges or []
    return found


def _try(name: str, read: Callable[[], list[Metric]]) -> list[Metric] | None:
    try:
        return read()
    except (DatabaseError, InterfaceError, redis.RedisError) as error:
        logger.warning("metricas sem armazenamento", extra={"armazenamento": name, "erro": str(error)})
        return None


@atomic
def _database() -> list[Metric]:
    if not is_mongo():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [_SECONDS * 1000])
    return [*_outbox(), *_letters(), *_jobs()]


def _outbox() -> list[Metric]:
    waiting = Evento.objects.filter(publicado_em__isnull=True).order_by("id")
    return [
        _gauge("crm_outbox_unpublished", "Events that the relay has not published yet.", _bounded(waiting)),
        _gauge("crm_outbox_oldest_seconds", "Age of the oldest of them.", _age(waiting.values_list("criado_em", flat=True).first())),
    ]


def _letters() -> list[Metric]:
    counts = GaugeMetricFamily("crm_dead_letters", "Messages whose handler failed.", labels=["estado"])
    for estado in CartaMorta.Estado:
        counts.add_metric([estado.value], _bounded(CartaMorta.objects.filter(estado=estado)))
    repeating = CartaMorta.objects.filter(estado=CartaMorta.Estado.REPETINDO).order_by("proxima_em")
    due = repeating.values_list("proxima_em", flat=True).first()
    return [counts, _gauge("crm_retry_overdue_seconds", "How long the next retry is overdue.", _age(due))]


def _jobs() -> list[Metric]:
    """Of every kind of job that this service has; what has ended is history, of which there may be millions."""
    models = [model for model in apps.get_models() if issubclass(model, Job)]
    if not models:
        return []
    counts = GaugeMetricFamily("crm_jobs_open", "Jobs that wait or run.", labels=["tarefa", "estado"])
    overdue = GaugeMetricFamily("crm_job_overdue_seconds", "How long the oldest waiting job has been due.", labels=["tarefa"])
    stalled = GaugeMetricFamily(
        "crm_job_stalled_seconds", "How long the open job that waits longest has made no progress.", labels=["tarefa"]
    )
    for model in models:
        for estado in filter(None, dict.fromkeys((*model.WAITING, model.RUNNING))):
            counts.add_metric([model._meta.model_name or "", str(estado)], _bounded(model._default_manager.filter(estado=estado)))
        due = model._default_manager.filter(estado__in=model.WAITING).order_by("proxima_em").values_list("proxima_em", flat=True).first()
        overdue.add_metric([model._meta.model_name or ""], _age(due))
        if any(field.name == "progresso_em" for field in model._meta.fields):  # a saga's, that goes on for as long as it takes
            open_ones = model._default_manager.filter(estado__in=model.WAITING).order_by("progresso_em")
            stalled.add_metric([model._meta.model_name or ""], _age(open_ones.values_list("progresso_em", flat=True).first()))
    return [counts, overdue, stalled]


def _bus() -> list[Metric]:
    bus.connection().ping()
    if not settings.EVENT_HANDLERS:
        return []
    pending = GaugeMetricFamily("crm_consumer_pending", "Events read and not acknowledged.", labels=["fluxo"])
    lag = GaugeMetricFamily("crm_consumer_lag", "Events on the stream that this service has not read.", labels=["fluxo"])
    for stream in sorted({bus.stream_of(tipo.split(".")[0]) for tipo in import_string(settings.EVENT_HANDLERS)}):
        for group in _groups(stream):
            if group["name"] == settings.SERVICE.encode():
                pending.add_metric([stream], group["pending"])
                if group["lag"] is not None:  # Redis cannot tell after some deletions
                    lag.add_metric([stream], group["lag"])
    return [pending, lag]


def _groups(stream: str) -> list[dict[str, Any]]:
    try:
        return list(bus.connection().xinfo_groups(stream))
    except redis.ResponseError:
        return []  # no such stream yet


def _queue() -> list[Metric]:
    with sentinel.client(_queue_url(), socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS) as broker:
        return [_gauge("crm_queue_messages", "Messages that no worker has taken yet.", broker.llen(settings.SERVICE))]


def _queue_url() -> str:
    return str(getattr(settings, "QUEUE_URL", ""))


def _gauge(name: str, documentation: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, documentation, value=float(value))


def _bounded(rows: "QuerySet[Any]") -> int:
    return rows.order_by()[:COUNTED].count()


def _age(moment: datetime | None) -> float:
    return max((timezone.now() - moment).total_seconds(), 0.0) if moment else 0.0
