"""What relay and consumers say about each event: a log line under the event's own trace, a count, a span."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import timezone
from prometheus_client import Counter, Histogram

from ..observability import tracing
from ..observability.context import working_as
from ..observability.logs import get_logger
from ..observability.metrics import BUCKETS

if TYPE_CHECKING:
    from .consume import Received
    from .models import Evento

PUBLISHED = Counter("crm_events_published", "Events that the relay put on the bus.")
REPUBLISHED = Counter("crm_events_republished", "Events published again because the bus lost data.")
CONSUMED = Counter("crm_events_consumed", "Events of other services, by what became of them.", ["tipo", "resultado"])
EFFECT_SECONDS = Histogram("crm_event_effect_duration_seconds", "Handler and commit of one event.", ["tipo"], buckets=BUCKETS)
EVENT_AGE = Histogram("crm_event_age_seconds", "From an event's commit to the end of its effect.", buckets=(*BUCKETS, 60, 300))

relay_logger = get_logger("crm.relay")
consumer_logger = get_logger("crm.consumidor")


def tell_published(rows: "Sequence[Evento]") -> None:
    """A line per trace: the thousands of events of one import are one story."""
    PUBLISHED.inc(len(rows))
    for rastro, group in groupby(rows, key=lambda row: row.rastro):
        events = list(group)
        first = events[0]
        with working_as(rastro=rastro or None, causa=str(first.pk)):
            more = {"quantos": len(events)} if len(events) > 1 else {}
            relay_logger.info("evento publicado", extra={"tipo": first.tipo, "evento": str(first.pk), **more})
    if tracing.active():
        _trace_published(rows)


def _trace_published(rows: "Sequence[Evento]") -> None:
    for row in rows:
        attributes = {"messaging.message.id": str(row.pk)}
        with working_as(rastro=row.rastro or None, causa=str(row.pk)), tracing.span(f"publicar {row.tipo}", tracing.PRODUCER, attributes):
            pass


class Effect:
    """What became of one delivery: `aplicado`, `repetido` when it took effect before, `falhou` until one of them is known."""

    resultado = "falhou"


@contextmanager
def telling_effect(event: "Received") -> Iterator[Effect]:
    """Around one delivery, commit included."""
    effect = Effect()
    attributes = {"messaging.message.id": str(event.id)}
    with (
        working_as(rastro=event.rastro or None, causa=str(event.id), ator=event.ator or None),
        tracing.span(f"consumir {event.tipo}", tracing.CONSUMER, attributes),
    ):
        started = time.perf_counter()
        try:
            yield effect
        finally:
            _tell(event, effect, time.perf_counter() - started)


def _tell(event: "Received", effect: Effect, seconds: float) -> None:
    CONSUMED.labels(event.tipo, effect.resultado).inc()
    if effect.resultado == "aplicado":
        EFFECT_SECONDS.labels(event.tipo).observe(seconds)
        EVENT_AGE.observe(max((timezone.now() - datetime.fromisoformat(event.time)).total_seconds(), 0))
    fields = {"tipo": event.tipo, "evento": str(event.id), "registro": str(event.subject)}
    consumer_logger.info("evento", extra={**fields, "resultado": effect.resultado, "ms": round(seconds * 1000, 1)})
