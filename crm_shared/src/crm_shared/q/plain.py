"""The same question asked of a dict, such as an event's data: no store is needed."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..identity.search import matches as text_matches
from ..identity.search import search_terms
from .bounds import limits
from .fields import EMPTY, Field, Fields
from .moments import day

_READ: dict[str, Callable[[Any], Any]] = {
    "numero": lambda value: Decimal(str(value)),
    "data": lambda value: date.fromisoformat(value) if isinstance(value, str) else value,
    "instante": lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value,
    "uuid": str,
}


def matches(node: dict[str, Any], fields: Fields, row: Mapping[str, Any], *, now: datetime, text: str = "") -> bool:
    """Whether `row` (field name -> plain value, None for nothing) is meant; `text` is its `search_text`."""
    ((key, value), *_) = node.items()
    if key in ("e", "ou"):
        every = all if key == "e" else any
        return every(matches(item, fields, row, now=now, text=text) for item in value)
    if key == "nao":
        return not matches(value, fields, row, now=now, text=text)
    if key == "texto":
        return text_matches(text, search_terms(value))
    return _holds(fields[value], node["op"], node["valor"], row.get(value), now)


def _holds(field: Field, op: str, wanted: Any, value: Any, now: datetime) -> bool:
    if op == EMPTY:
        return value is None or (field.blank and value == "") or (field.many and not value)
    if field.many:
        return any(_holds(replace(field, many=False), op, wanted, item, now) for item in value or ())
    if value is None:
        return False
    found = _READ.get(field.kind, lambda value: value)(value)
    if op == "em" and field.kind != "instante":
        return found in _meant(field, wanted, now)
    alternatives = [limits(field.kind, op, item, now) for item in (wanted if op == "em" else [wanted])]
    return any(all(getattr(operator, _NAMES[lookup])(found, limit) for lookup, limit in item) for item in alternatives)


_NAMES = {"gt": "gt", "gte": "ge", "lt": "lt", "lte": "le"}


def _meant(field: Field, wanted: list[Any], now: datetime) -> list[Any]:
    if field.kind == "data":
        return [day(value, now) for value in wanted]
    if field.kind == "numero":
        return [Decimal(value) for value in wanted]
    return field.resolve(wanted) if field.resolve else wanted
