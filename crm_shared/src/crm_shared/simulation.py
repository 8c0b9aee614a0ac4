"""`simular=true`: a write that is carried out whole and then taken back, so that its answer is what the real one's would be.

Whatever lies in the service's store goes with the transaction: rows, events, idempotency keys, jobs, messages. What has an
effect beyond it (a file, a counter of its own) asks `simulating()` first.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from django.db import connection

from .db import atomic, is_mongo

R = TypeVar("R")
_simulating: ContextVar[bool] = ContextVar("simulating", default=False)


def simulating() -> bool:
    return _simulating.get()


def simulate(work: Callable[[], R]) -> R:
    """What `work` answers, or raises; nothing of what it wrote stays."""
    answers: list[R] = []

    @atomic
    def undone() -> None:
        answers.append(work())
        if not is_mongo():
            connection.check_constraints()  # those that wait for a commit, which never comes
        raise _Undo

    token = _simulating.set(True)
    try:
        undone()
    except _Undo:
        pass
    finally:
        _simulating.reset(token)
    return answers[-1]  # of the last try, where a conflict asked for several


class _Undo(Exception):
    """Leaves the transaction, and so takes it back."""
