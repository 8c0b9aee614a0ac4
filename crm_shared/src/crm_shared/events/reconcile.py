"""Making the logs of services fit together again after a restore (ADR 21): nothing lost between services, nothing doubled."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

from .. import bus
from ..api.models import ChaveIdempotencia
from ..db import is_mongo
from ..records.references import RECURSOS, Referencia
from .log import envelope
from .models import Arrendamento, Evento, MensagemRecebida
from .relay import BATCH, READERS, REPUBLISH


def reconcile(desde: datetime) -> int:
    """Prepare this service's log to go on from a restored store; answers how many events will be published again.

    `desde` is the moment at which the stores were saved, of several the earliest. None of the service's processes may run.
    Whatever other services may not have seen when they were saved is published again, and their inboxes know what they
    have. For these, and for the keys of repeated requests, the time between save and restore did not pass.
    """
    now = timezone.now()
    with without_time_limit():
        bus.connection().delete(bus.stream_of(settings.SERVICE))  # what was on it told of a time that is gone
        MensagemRecebida.objects.update(recebido_em=now)
        ChaveIdempotencia.objects.update(criado_em=now)
        Arrendamento.objects.filter(nome=READERS).update(dados=dict.fromkeys(_readers(), now.date().isoformat()))
        Arrendamento.objects.exclude(nome=READERS).update(dados={})
        return Evento.objects.filter(publicado_em__gte=desde - REPUBLISH).update(publicado_em=None)


def _readers() -> dict[str, str]:
    """Who read the stream; the relay drops nothing from it before each of them has read it, though they may come back late."""
    return Arrendamento.objects.filter(nome=READERS).values_list("dados", flat=True).first() or {}


def doubt_references() -> int:
    """Forget how new the copies of other services' records are, so that what their owners tell next is believed.

    Names stay as they are. A copy that nobody tells of again remains `pendente`: its record is gone.
    """
    with without_time_limit():
        return Referencia.objects.update(versao=0, estado=Referencia.Estado.PENDENTE)


def recount() -> int:
    """Tell again the newest event of each type of each record that other services cite; answers how many.

    Marked `recontado`, they reach handlers past the inbox, and start nothing anew.
    """
    with without_time_limit():
        rows = _newest()
        return sum(iter(lambda: _publish(islice(rows, BATCH)), 0))


def _publish(rows: Iterable[Evento]) -> int:
    pipeline = bus.connection().pipeline(transaction=False)
    for evento in rows:
        pipeline.xadd(bus.stream_of(settings.SERVICE), {"evento": orjson.dumps(envelope(evento) | {"recontado": True})})
    return len(pipeline.execute())


def _newest() -> Iterator[Evento]:
    cited = [recurso for recurso in RECURSOS if recurso.startswith(f"{settings.SERVICE}.")]
    if cited:  # never on MongoDB, which has no DISTINCT ON
        rows = Evento.objects.filter(agregado__in=cited).order_by("agregado_id", "tipo", "-versao")
        yield from rows.distinct("agregado_id", "tipo").iterator(BATCH)


@contextmanager
def without_time_limit() -> Iterator[None]:
    """The limits on statements protect those who wait for an answer; a repair of the whole store may take its time."""
    if is_mongo():
        import pymongo

        with pymongo.timeout(None):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    yield  # after an error the process ends, and the connection with it
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
