"""Many records written in one transaction: what each would do by itself and all can share is done once.

Inside `together()` events are gathered and inserted at its end by one statement; ids that are known to be citable are
asked for once; so are the definitions of custom fields and of tags; rows that are locked already are not read again. Everything else is
as ever, so a service function need not know.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

_AT_ONCE = 500
Locked = dict[tuple[type[Any], UUID], Any]


class Batch:
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.citable: set[UUID] = set()
        self.locked: Locked = {}
        self.definitions: dict[str, dict[str, Any]] = {}  # of custom fields, by the kind of record
        self.tags: frozenset[str] | None = None  # the slugs of the live ones

    def mark(self) -> int:
        """Where `undo` goes back to."""
        return len(self.events)

    def undo(self, mark: int) -> None:
        """What was written since is being rolled back, and with it perhaps rows that were cited."""
        del self.events[mark:]
        self.citable.clear()

    def flush(self) -> None:
        from ..events.models import Evento

        if self.events:
            Evento.objects.bulk_create(self.events, batch_size=_AT_ONCE)


_batch: ContextVar[Batch | None] = ContextVar("crm_batch", default=None)


def batch() -> Batch | None:
    return _batch.get()


@contextmanager
def together() -> Iterator[Batch]:
    """Inside the transaction; an exception that leaves it must end the transaction as well."""
    made = Batch()
    token = _batch.set(made)
    try:
        yield made
        made.flush()
    finally:
        _batch.reset(token)
