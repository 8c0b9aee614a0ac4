"""A portion of a `lote` in one transaction: its items one by one, what they can share together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from ...operations.each import Each, Failure
from ...records.together import Batch, together
from .writes import Done, Write

Numbered = Sequence[tuple[int, Any]]
Outcome = Done | Failure


def run(write: Write, items: Numbered, each: Each) -> list[tuple[int, Outcome]]:
    """The outcome of each item under its number, with what undoing it needs."""
    with together() as batch:
        write.prepare([item for _, item in items if isinstance(item, dict)])
        return [(number, _one(write, number, item, each, batch)) for number, item in items]


def _one(write: Write, number: int, item: Any, each: Each, batch: Batch) -> Outcome:
    mark = batch.mark()
    outcome = each.run(number, lambda: _do(write, item))
    return replace(outcome, antes=_before(outcome, batch.events[mark:])) if isinstance(outcome, Done) else outcome


def _do(write: Write, item: Any) -> Done:
    if not isinstance(item, dict):
        raise ValidationError([ErrorDetail("Cada item deve ser um objeto.", code="not_a_dict")])
    return write.do(dict(item))


def _before(done: Done, events: Iterable[Any]) -> dict[str, Any] | None:
    """The values that the changed fields had, as the events of this item tell them; None when it changed nothing."""
    before: dict[str, Any] = {}
    told = False
    for event in events:
        if event.agregado_id == done.record.pk:
            told = True
            for change in [*event.mudancas, *event.pessoais.get("mudancas", [])]:
                if "de" in change:
                    before.setdefault(change["campo"], change["de"])
    return before if told else None
