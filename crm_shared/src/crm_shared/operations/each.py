"""Many items in one transaction, item by item: one that is refused leaves nothing of itself, and the others stand."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError

from ..api.exceptions import exception_handler
from ..db import Again, atomic, is_mongo, lost_a_race, mongo_connection, require_atomic
from ..records.together import batch

R = TypeVar("R")


@dataclass(frozen=True)
class Failure:
    """Why an item was refused, as the single request would have answered: its status and its problem document."""

    status: int
    codigo: str
    erros: list[dict[str, str]] = field(default_factory=list)
    registro_id: str | None = None

    @classmethod
    def of(cls, error: Exception) -> "Failure | None":
        """None for what is no refusal: a store that is out, a lost race, a mistake of ours."""
        if lost_a_race(error):
            return None
        answer = exception_handler(error, {})
        if answer is None or answer.status_code >= 500:
            return None
        problem: dict[str, Any] = answer.data
        erros = problem["erros"] or [{"campo": "", "codigo": problem["codigo"], "mensagem": problem["detail"]}]
        return cls(answer.status_code, problem["codigo"], erros, problem.get("registro_id"))


class Each:
    """Runs items under keys. PostgreSQL undoes a refused one by a savepoint.

    MongoDB has none: there an item that was refused after it had written something ends the transaction (`Again`), which is run
    once more from its start, and the item is then left out, because this object remembers it. So it must live outside of the
    transaction, and give the same items the same keys.
    """

    def __init__(self) -> None:
        self.refused: dict[Hashable, Failure] = {}
        self._passed: set[Hashable] = set()
        self._to_take_back = False

    def run(self, key: Hashable, work: Callable[[], R]) -> R | Failure:
        require_atomic("Each")
        if key in self.refused:
            return self.refused[key]
        together = batch()
        mark = together.mark() if together else 0
        outcome = self._on_mongo(key, work) if is_mongo() else self._in_savepoint(work)
        if together and isinstance(outcome, Failure):
            together.undo(mark)
        return outcome

    def rehearse(self, key: Hashable, work: Callable[[], object]) -> Failure | None:
        """What `run` would answer; nothing of it stays, on MongoDB once `take_back` was called."""
        if key in self._passed:
            return None
        outcome = self.run(key, work if is_mongo() else partial(_undone, work))
        if isinstance(outcome, Failure):
            return outcome
        if is_mongo():
            self._passed.add(key)
            self._to_take_back = True
        return None

    def take_back(self) -> None:
        """After the last rehearsal: MongoDB's transaction is run again without them, for their answers are known now."""
        if self._to_take_back:
            self._to_take_back = False
            raise Again("What was only rehearsed must go.")

    def _in_savepoint(self, work: Callable[[], R]) -> R | Failure:
        try:
            with atomic():
                return work()
        except Exception as error:
            if failure := Failure.of(error):
                return failure
            raise

    def _on_mongo(self, key: Hashable, work: Callable[[], R]) -> R | Failure:
        written = mongo_connection.writes
        try:
            return work()
        except Exception as error:
            failure = Failure.of(error)
            if failure is None:
                raise
            if written == mongo_connection.writes and not isinstance(error, DatabaseError):
                return failure
            self.refused[key] = failure
            raise Again("A refused item had written already.") from error


def _undone(work: Callable[[], object]) -> None:
    shared = batch()
    mark = shared.mark() if shared else 0
    try:
        with atomic():
            work()
            raise _Rehearsed
    except _Rehearsed:
        if shared:
            shared.undo(mark)


class _Rehearsed(Exception):
    """Leaves the savepoint, and so takes back what was written in it."""
