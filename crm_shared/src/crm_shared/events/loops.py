"""The threads of `manage.py eventos`: each repeats one kind of turn until told to stop, and outlives its stores' outages."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from ..observability.context import working_as
from ..observability.logs import get_logger
from ..observability.metrics import count_store_error
from ..operations.runner import Runner
from .consume import Consumer, Handlers, retry_due
from .failures import is_outage
from .leases import Lease
from .relay import Relay

logger = get_logger("crm.eventos")

Turn = Callable[[threading.Event], None]
_PATIENCE = 20  # consecutive unexpected failures before the process gives up and its supervisor starts a clean one
_IDLE = 1.0  # seconds between looks for something due
_PAUSES = (0.1, 0.5, 1, 2)  # seconds, while a store is out


class Stopped(Exception):
    """A loop failed again and again for reasons other than an outage."""


def repeat(name: str, turn: Turn, stop: threading.Event, beat: Callable[[str], None] = lambda _name: None) -> None:
    """Run `turn` until `stop`, with a `beat` before each; a turn is a request without HTTP: fresh connections, a context of its own."""
    failures = 0
    while not stop.is_set():
        beat(name)
        try:
            with working_as():
                close_old_connections()
                turn(stop)
            failures = 0
        except Exception as error:  # the loop is the last resort: it logs, waits and tries again, or gives up loudly
            failures += 1
            logger.error("laco falhou", extra={"laco": name, "falhas": failures}, exc_info=error)
            connections.close_all()
            if is_outage(error):
                count_store_error(error)
            if failures > _PATIENCE and not is_outage(error):
                raise Stopped(name) from error
            stop.wait(_PAUSES[min(failures, len(_PAUSES)) - 1])
    connections.close_all()


def turns(lease: Lease) -> dict[str, Turn]:
    """The loops that this service needs, by name; they run only where `lease` is held, but operations, which have leases of their own."""
    relay = Relay(lease)
    found: dict[str, Turn] = {"relay": relay.turn, "tarefas-periodicas": Periodic(relay).turn}
    if settings.OPERATIONS:
        found["operacoes"] = Runner().turn
    if settings.EVENT_HANDLERS:
        handlers: Handlers = import_string(settings.EVENT_HANDLERS)
        found["consumidor"] = Consumer(handlers, lease).turn
        found["repeticoes"] = Retries(handlers, lease).turn
    return found | {name: import_string(path)(lease).turn for name, path in settings.EVENT_LOOPS.items()}


class Retries:
    def __init__(self, handlers: Handlers, lease: Lease) -> None:
        self.handlers = handlers
        self.lease = lease

    def turn(self, stop: threading.Event) -> None:
        if not (self.lease.hold() and retry_due(self.handlers)):
            stop.wait(_IDLE)


class Periodic:
    """Runs settings.PERIODIC_TASKS and our own housekeeping, in one process at a time."""

    def __init__(self, relay: Relay) -> None:
        self.lease = relay.lease
        self.tasks: dict[Callable[[], object], float] = {relay.trim: 60, forget_old_rows: 3600}
        self.tasks |= {import_string(path): seconds for path, seconds in settings.PERIODIC_TASKS.items()}
        self.due = dict.fromkeys(self.tasks, 0.0)

    def turn(self, stop: threading.Event) -> None:
        if self.lease.hold():
            for task, seconds in self.tasks.items():
                if time.monotonic() >= self.due[task]:
                    self.due[task] = time.monotonic() + seconds
                    task()
        stop.wait(_IDLE)


def forget_old_rows() -> None:
    """Idempotency keys, operations, files of imports, exports and attachments; inbox rows well after anything could be published again."""
    from ..api.idempotency import forget_old_keys
    from ..attachments.files import sweep
    from ..exports.services import forget_old_files as forget_exports
    from ..imports.services import forget_old_files as forget_imports
    from ..operations.services import forget_old
    from .models import MensagemRecebida

    forget_old_keys()
    forget_old()
    forget_exports()
    forget_imports()
    MensagemRecebida.objects.filter(recebido_em__lt=timezone.now() - timedelta(days=30)).delete()
    sweep()
