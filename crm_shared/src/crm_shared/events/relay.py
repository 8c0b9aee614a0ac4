"""Moves committed events to the service's stream, in order, at least once."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from redis.exceptions import ResponseError

from .. import bus
from ..crash_points import point
from ..db import is_mongo, update_each
from ..observability.logs import get_logger
from .leases import Lease
from .listening import Ear
from .log import envelope
from .models import Evento
from .telemetry import REPUBLISHED, tell_published

logger = get_logger("crm.relay")

BATCH = 200
READERS = "leitores"  # the lease that remembers who reads the stream
# MongoDB has no NOTIFY: seconds between looks while events flow, and after ten seconds without any
_POLL, _IDLE_POLL, _FLOW = 0.05, 0.25, 10.0
_FALLBACK = 1.0  # seconds without a notification before looking all the same
_CHECK_BUS = 5.0
REPUBLISH = timedelta(days=7)  # how far back a lost bus is filled again; consumers remember what took effect for longer
_CLOCKS = timedelta(hours=1)  # by how much the bus's clock may differ from ours
_PORTION = 500  # rows of one statement: a slow store changes so many well within its time limit (2 s on MongoDB)

# Adds the events after ARGV[1], the newest entry as we know it (empty: none), or nothing where that entry is lost: what
# was lost goes first. In one step, for the bus may come back without its tail between a look and an addition.
_ADD = """
if ARGV[1] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
local ids = {}
for number = 2, #ARGV do ids[number - 1] = redis.call('XADD', KEYS[1], '*', 'evento', ARGV[number]) end
return ids
"""


class Relay:
    """Rows are picked by state, never by `id > last`: an id may commit after a greater one (ADR 6)."""

    def __init__(self, lease: Lease) -> None:
        self.stream = bus.stream_of(settings.SERVICE)
        self.lease = lease
        self.readers = Lease(READERS)
        self._ear = Ear()
        self._published = float("-inf")
        self._checked = datetime.min.replace(tzinfo=UTC)

    def turn(self, stop: threading.Event) -> None:
        """One round: publish what is there, then wait for more."""
        if not self.lease.hold():
            stop.wait(Lease.SECONDS / 2)
            return
        if timezone.now() - self._checked > timedelta(seconds=_CHECK_BUS):
            self.refill_lost_bus()
        if self.publish_batch() < BATCH:
            self._wait(stop)

    def publish_batch(self) -> int:
        """XADD, then mark: a crash in between publishes twice, never not at all. Answers how many were published."""
        rows = in_order(Evento.objects.filter(publicado_em__isnull=True).order_by("id")[:BATCH])
        if not rows:
            return 0
        point("relay.antes_de_publicar")
        messages = [orjson.dumps(envelope(row)) for row in rows]
        ids = bus.connection().eval(_ADD, 1, self.stream, self.lease.recall().get("ultimo", ""), *messages)
        if ids is None:
            self.refill_lost_bus()
            return BATCH  # there is more to publish
        point("relay.antes_de_marcar")
        self._mark(rows, ids)
        tell_published(rows)
        self._published = time.monotonic()
        return len(rows)

    def _mark(self, rows: Sequence[Evento], ids: Sequence[bytes]) -> None:
        """The newest entry is remembered first: a row that counts as published before that could be lost without notice."""
        self.lease.remember({"ultimo": ids[-1].decode()})
        now = timezone.now()
        for row, stream_id in zip(rows, ids, strict=True):
            row.publicado_em, row.stream_id = now, stream_id.decode()
        update_each(rows, ["publicado_em", "stream_id"])

    def refill_lost_bus(self) -> None:
        """Publish again what the bus no longer has: after a flush, a lost tail of its log, a fresh server."""
        last = self.lease.recall().get("ultimo")
        if last and not bus.connection().xrange(self.stream, last, last):
            again = _unpublish(self._lost_with(last))
            self.lease.remember({})
            REPUBLISHED.inc(again)
            logger.error("barramento perdeu eventos", extra={"republicar": again})
        self._checked = timezone.now()

    def _lost_with(self, last: str) -> QuerySet[Evento]:
        """What was published since the newest entry that is left, told by the bus's own clock; without any, what consumers may need."""
        found = bus.connection().xrevrange(self.stream, last, "-", count=1)
        if not found:
            return Evento.objects.filter(publicado_em__gte=timezone.now() - REPUBLISH)
        milliseconds = found[0][0].split(b"-")[0].decode()
        since = datetime.fromtimestamp(int(milliseconds) / 1000, UTC) - _CLOCKS
        return Evento.objects.filter(publicado_em__gte=since, stream_id__gte=milliseconds)

    def trim(self) -> None:
        """Drop entries that every group has read and acknowledged, but never the newest, by which we notice a loss."""
        redis = bus.connection()
        try:
            groups = redis.xinfo_groups(self.stream)
        except ResponseError:
            return  # no stream yet
        newest = self.lease.recall().get("ultimo")
        if newest and groups and self._all_there({group["name"].decode() for group in groups}):
            needed = [newest.encode(), *(self._oldest_needed(group) for group in groups)]
            redis.xtrim(self.stream, minid=min(needed, key=_order), approximate=True)

    def _all_there(self, present: set[str]) -> bool:
        """False while a group is gone that we saw in the last days: the bus lost it, and its service may not have read all."""
        if not self.readers.hold():
            return False
        today = timezone.now().date()
        seen = {**self.readers.recall(), **dict.fromkeys(present, today.isoformat())}
        kept = {name: day for name, day in seen.items() if day > (today - REPUBLISH).isoformat()}
        self.readers.remember(kept)
        return set(kept) == present

    def _oldest_needed(self, group: dict[str, Any]) -> bytes:
        pending = bus.connection().xpending(self.stream, group["name"])
        return bytes(pending["min"] or group["last-delivered-id"])

    def _wait(self, stop: threading.Event) -> None:
        if is_mongo():
            stop.wait(_POLL if time.monotonic() - self._published < _FLOW else _IDLE_POLL)
        else:
            self._ear.wait(_FALLBACK)


def in_order(rows: Iterable[Evento]) -> list[Evento]:
    """As they come, but those of one record by version: the clocks of the machines that made their ids may differ."""
    found = list(rows)
    of_record = defaultdict(list)
    for row in found:
        of_record[row.agregado_id].append(row)
    queues = {record: iter(sorted(its, key=lambda row: row.versao)) for record, its in of_record.items()}
    return [next(queues[row.agregado_id]) for row in found]


def _unpublish(lost: QuerySet[Evento]) -> int:
    """Ended half-way it is begun anew, before anything else is published: the entry that told of the loss is still lost."""
    total = 0
    while portion := list(lost.values_list("pk", flat=True)[:_PORTION]):
        total += Evento.objects.filter(pk__in=portion).update(publicado_em=None)
    return total


def _order(stream_id: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = stream_id.partition(b"-")
    return int(milliseconds), int(sequence or 0)
