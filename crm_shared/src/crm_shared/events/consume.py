"""Reading other services' streams: each event takes effect exactly once, in order per record, or ends as a dead letter."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone
from redis.exceptions import ResponseError

from .. import bus
from ..crash_points import point
from ..db import atomic, insert_unless_there
from ..observability.context import working_as
from ..observability.logs import get_logger
from .contracts import CONTRACTS
from .contracts.base import Contract
from .failures import is_outage
from .leases import Lease
from .models import CartaMorta, MensagemRecebida
from .telemetry import telling_effect

logger = get_logger("crm.consumidor")

_COUNT = 100
_BLOCK_MS = 1000
_MANY = 10  # messages of which it pays to ask at once which took effect before
_CLAIM_EVERY = 15.0
_CLAIM_IDLE_MS = 30_000
BACKOFF = (0.5, 1, 2, 5, 15, 60, 300)  # seconds before each further try; then the message is dead


@dataclass(frozen=True)
class Received:
    """An event as a handler gets it: `data` is the frozen contract of its type.

    One that is `recontado` was told before and is told again to mend copies (reconcile.py): it starts nothing.
    """

    id: UUID
    tipo: str
    subject: UUID
    versao: int
    time: str
    ator: str
    rastro: str
    data: Contract
    mudancas: list[dict[str, Any]]
    envelope: dict[str, Any]
    recontado: bool = False


Handler = Callable[[Received], None]
Handlers = Mapping[str, Handler]


def parse(message: dict[str, Any]) -> Received:
    """Raises KeyError, TypeError or ValueError on what is no event of ours."""
    data = message["data"]
    contract = CONTRACTS[message["type"]].read(data["dados"], data.get("pessoais", {}))
    return Received(
        id=UUID(message["id"]),
        tipo=message["type"],
        subject=UUID(message["subject"]),
        versao=int(message["versao"]),
        time=message["time"],
        ator=message.get("ator", ""),
        rastro=message.get("rastro", ""),
        data=contract,
        mudancas=[*data.get("mudancas", []), *data.get("pessoais", {}).get("mudancas", [])],
        envelope=message,
        recontado=message.get("recontado") is True,
    )


@atomic
def deliver(event: Received, handler: Handler) -> bool:
    """Inbox row and effect in one transaction. False when the event took effect before."""
    if not event.recontado:
        if MensagemRecebida.objects.filter(pk=event.id).exists():
            return False
        point("consumidor.antes_do_efeito")
        MensagemRecebida(evento_id=event.id, tipo=event.tipo, rastro=event.rastro).save(force_insert=True)
    with working_as(rastro=event.rastro or None, causa=str(event.id), ator=event.ator or None):
        handler(event)
    point("consumidor.antes_do_commit")
    return True


class Consumer:
    """The group's only consumer, in whichever process holds the lease: two would turn a record's events round (ADR 23).

    Group and consumer are named as the service, so that a new holder finds what the one before left unfinished.
    """

    def __init__(self, handlers: Handlers, lease: Lease | None = None) -> None:
        self.handlers = handlers
        self.lease = lease or Lease("eventos")
        self.group = self.name = settings.SERVICE
        self.streams = sorted({bus.stream_of(tipo.split(".")[0]) for tipo in handlers})
        self._own_pending = True
        self._claimed = float("-inf")

    def turn(self, stop: threading.Event) -> None:
        """One round: unfinished work first, then new, now and then what nobody has in hand."""
        if not self.lease.hold():
            self._own_pending = True
            stop.wait(Lease.SECONDS / 2)
            return
        if time.monotonic() - self._claimed > _CLAIM_EVERY:
            self._claim_abandoned(stop)
        position = "0" if self._own_pending else ">"
        # until this round has ended well: what an outage leaves of it, or an answer that never came, is read again
        self._own_pending = True
        try:
            batches = self._read(position)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self.create_groups()
            return
        left = [self._process_all(stream, entries, stop) for stream, entries in batches]
        self._own_pending = any(left) or (position == "0" and any(entries for _stream, entries in batches))

    def create_groups(self) -> None:
        """From the start of each stream, never from `$`: the inbox knows what took effect, a lost group does not."""
        for stream in self.streams:
            try:
                bus.connection().xgroup_create(stream, self.group, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        self._own_pending = True

    def _read(self, position: str) -> Any:
        wanted: dict[Any, Any] = dict.fromkeys(self.streams, position)
        if position == "0":
            bus.connection().ping()  # a paused server carries out on its return what we had given up; then it is ours to see
        return bus.connection().xreadgroup(self.group, self.name, wanted, count=_COUNT, block=_BLOCK_MS)

    def _claim_abandoned(self, stop: threading.Event) -> None:
        for stream in self.streams:
            try:
                _next, entries, _gone = bus.connection().xautoclaim(stream, self.group, self.name, _CLAIM_IDLE_MS, count=_COUNT)
            except ResponseError:
                return  # no group yet; the read that follows makes it
            self._process_all(stream, entries, stop)
        self._claimed = time.monotonic()

    def _process_all(self, stream: bytes | str, entries: Any, stop: threading.Event) -> int:
        """Acknowledged together, after the last commit: what a crash leaves unacknowledged comes again and the inbox knows it.

        Answers how many it left to the next holder of the lease.
        """
        done = []
        try:
            known = took_effect([entry.get(b"evento", b"") for _, entry in entries if entry]) if len(entries) >= _MANY else set()
            for entry_id, entry in entries:
                if stop.is_set() or not self.lease.hold():
                    break
                raw = entry.get(b"evento", b"") if entry else None  # a trimmed entry is still pending and has no content
                if raw is not None and raw not in known:
                    self.process(raw)
                done.append(entry_id)
        finally:
            if done:
                point("consumidor.antes_de_confirmar")
                bus.connection().xack(stream, self.group, *done)
        return len(entries) - len(done)

    def process(self, raw: bytes) -> None:
        """Returns when the message may be acknowledged; raises only when a store is out, and then it stays pending."""
        try:
            message = orjson.loads(raw)
            handler = self.handlers.get(message["type"])
            event = parse(message) if handler else None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            park_unreadable(raw, error)
            return
        if handler is None or event is None:
            return
        if is_blocked(event):
            postpone(event, "espera outro evento do mesmo registro", tentativas=0)
            return
        try:
            with telling_effect(event) as effect:
                effect.resultado = "aplicado" if deliver(event, handler) else "repetido"
        except Exception as error:  # a handler may fail in any way; the message is kept and tried again
            if is_outage(error):
                raise
            logger.warning("evento falhou", extra={"tipo": event.tipo, "evento": str(event.id)}, exc_info=error)
            postpone(event, repr(error), tentativas=1)


def took_effect(raws: Sequence[bytes]) -> set[bytes]:
    """Those that did so before, by one look: after a loss the bus repeats days of them."""
    by_id = {}
    for raw in raws:
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # `process` sees to it
            message = orjson.loads(raw)
            if not message.get("recontado"):
                by_id[UUID(message["id"])] = raw
    return {by_id[pk] for pk in MensagemRecebida.objects.filter(pk__in=list(by_id)).values_list("pk", flat=True)}


def is_blocked(event: Received) -> bool:
    """An earlier event of the same record still waits for another try; overtaking it would turn the order round."""
    waiting = CartaMorta.objects.filter(agregado_id=str(event.subject), estado=CartaMorta.Estado.REPETINDO)
    return waiting.exclude(evento_id=str(event.id)).exists()


def postpone(event: Received, erro: str, *, tentativas: int) -> None:
    letter = CartaMorta(
        evento_id=str(event.id),
        tipo=event.tipo,
        agregado_id=str(event.subject),
        mensagem=event.envelope,
        tentativas=tentativas,
        proxima_em=timezone.now() + timedelta(seconds=BACKOFF[0]),
        erro=erro[:2000],
    )
    insert_unless_there(letter, key="evento_id")


def park_unreadable(raw: bytes, error: Exception) -> None:
    """No handler will ever understand it: dead at once, kept for a person to look at."""
    digest = sha256(raw).hexdigest()[:32]
    text = raw.decode("utf-8", "replace").replace("\0", "")[:10_000]
    letter = CartaMorta(evento_id=f"ilegivel:{digest}", mensagem={"texto": text}, erro=repr(error), estado=CartaMorta.Estado.MORTA)
    insert_unless_there(letter, key="evento_id")  # the same bytes may have come before
    logger.error("evento ilegivel", extra={"erro": repr(error)})


def retry_due(handlers: Handlers) -> int:
    """Try the failed messages whose time has come, oldest first. Answers how many were tried."""
    due = CartaMorta.objects.filter(estado=CartaMorta.Estado.REPETINDO, proxima_em__lte=timezone.now()).order_by("id")[:_COUNT]
    for letter in due:
        _retry(letter, handlers)
    return len(due)


def _retry(letter: CartaMorta, handlers: Handlers) -> None:
    older = CartaMorta.objects.filter(agregado_id=letter.agregado_id, estado=CartaMorta.Estado.REPETINDO, id__lt=letter.pk)
    if older.exists():
        return
    event = parse(letter.mensagem)
    try:
        if handler := handlers.get(letter.tipo):
            with telling_effect(event) as effect:
                effect.resultado = "aplicado" if deliver(event, handler) else "repetido"
        letter.delete()
    except Exception as error:  # as in Consumer.process
        if is_outage(error):
            raise
        _failed_again(letter, error)


def _failed_again(letter: CartaMorta, error: Exception) -> None:
    letter.tentativas += 1
    letter.erro = repr(error)[:2000]
    if letter.tentativas > len(BACKOFF):
        letter.estado = CartaMorta.Estado.MORTA
        logger.error("carta morta", extra={"tipo": letter.tipo, "evento": letter.evento_id, "erro": letter.erro})
    else:
        letter.proxima_em = timezone.now() + timedelta(seconds=BACKOFF[letter.tentativas - 1])
    letter.save()


def redrive(letter: CartaMorta) -> None:
    """Give a dead letter another full round of tries."""
    letter.estado, letter.tentativas, letter.proxima_em = CartaMorta.Estado.REPETINDO, 0, timezone.now()
    letter.save()
