"""Moves committed events to the service's stream, in order, at least once."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis.exceptions import ResponseError

from .. import bus
from ..crash_points import point
from ..db import is_mongo, update_each
from ..observability.logs import get_logger
from .leases import Lease
from .log import envelope
from .models import Evento

logger = get_logger("crm.relay")

BATCH = 200
# MongoDB has no NOTIFY: seconds between looks while events flow, and after ten seconds without any
_POLL, _IDLE_POLL, _FLOW = 0.05, 0.25, 10.0
_FALLBACK = 1.0  # seconds without a notification before looking all the same
_CHECK_BUS = 5.0
_REPUBLISH = timedelta(days=7)  # how far back a lost bus is filled again; consumers remember what took effect for longer


class Relay:
    """Rows are picked by state, never by `id > last`: an id may commit after a greater one (ADR 6)."""

    def __init__(self, lease: Lease) -> None:
        self.stream = bus.stream_of(settings.SERVICE)
        self.lease = lease
        self._listening: Any = None
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
        rows = list(Evento.objects.filter(publicado_em__isnull=True).order_by("id")[:BATCH])
        if not rows:
            return 0
        point("relay.antes_de_publicar")
        pipeline = bus.connection().pipeline(transaction=False)
        for row in rows:
            pipeline.xadd(self.stream, {"evento": orjson.dumps(envelope(row))})
        now = timezone.now()
        for row, stream_id in zip(rows, pipeline.execute(), strict=True):
            row.publicado_em, row.stream_id = now, stream_id.decode()
        point("relay.antes_de_marcar")
        update_each(rows, ["publicado_em", "stream_id"])
        point("relay.antes_de_lembrar")
        self.lease.remember({"ultimo": rows[-1].stream_id})
        self._published = time.monotonic()
        return len(rows)

    def refill_lost_bus(self) -> None:
        """Publish again what the bus no longer has: after a flush, a lost tail of its log, a fresh server."""
        last = self.lease.recall().get("ultimo")
        if last and not bus.connection().xrange(self.stream, last, last):
            newest = self._newest_before(last)
            since = newest - timedelta(seconds=5) if newest else timezone.now() - _REPUBLISH
            again = Evento.objects.filter(publicado_em__gte=since).update(publicado_em=None)
            self.lease.remember({})
            logger.error("barramento perdeu eventos", extra={"republicar": again, "desde": since.isoformat()})
        self._checked = timezone.now()

    def _newest_before(self, last: str) -> datetime | None:
        found = bus.connection().xrevrange(self.stream, last, "-", count=1)
        return datetime.fromtimestamp(int(found[0][0].split(b"-")[0]) / 1000, UTC) if found else None

    def trim(self) -> None:
        """Drop entries that every group has read and acknowledged, but never the newest, by which we notice a loss."""
        redis = bus.connection()
        try:
            groups = redis.xinfo_groups(self.stream)
        except ResponseError:
            return  # no stream yet
        oldest = [self._oldest_needed(group) for group in groups]
        if oldest:
            redis.xtrim(self.stream, minid=min(oldest, key=_order), approximate=True)

    def _oldest_needed(self, group: dict[str, Any]) -> bytes:
        pending = bus.connection().xpending(self.stream, group["name"])
        return bytes(pending["min"] or group["last-delivered-id"])

    def _wait(self, stop: threading.Event) -> None:
        if is_mongo():
            stop.wait(_POLL if time.monotonic() - self._published < _FLOW else _IDLE_POLL)
            return
        connection.ensure_connection()
        raw = connection.connection
        if self._listening is not raw:
            raw.execute("LISTEN eventos")
            self._listening = raw
            return  # look once more: a commit before LISTEN made no sound
        for _ in raw.notifies(timeout=_FALLBACK, stop_after=1):
            pass


def _order(stream_id: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = stream_id.partition(b"-")
    return int(milliseconds), int(sequence or 0)
