"""What an operator asks of a value: pairs of comparison and limit, the same for the stores and for plain rows."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from .moments import day, span

Limits = list[tuple[str, Any]]  # ("gte" | "gt" | "lte" | "lt", limit), all of which must hold

_COMPARISON = {"maior": "gt", "maior_igual": "gte", "menor": "lt", "menor_igual": "lte"}


def limits(kind: str, op: str, value: Any, now: datetime) -> Limits:
    """`value` is one plain value, for `entre` the pair of them; `em` here means equal to an instant or a whole day."""
    if kind == "instante":
        return _of_moments(op, value, now)
    read = Decimal if kind == "numero" else lambda plain: day(plain, now)
    if op == "entre":
        return [("gte", read(value[0])), ("lte", read(value[1]))]
    return [(_COMPARISON[op], read(value))]


def _of_moments(op: str, value: Any, now: datetime) -> Limits:
    first = span(value[0] if op == "entre" else value, now)
    last = span(value[1], now) if op == "entre" else first
    return {
        "em": [("gte", first.start), ("lt", first.end)],
        "entre": [("gte", first.start), ("lt", last.end)],
        "maior": [("gte", first.end)],
        "maior_igual": [("gte", first.start)],
        "menor": [("lt", first.start)],
        "menor_igual": [("lt", first.end)],
    }[op]
