"""From a tree to a condition of the ORM, the same for PostgreSQL and MongoDB."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q

from .bounds import Limits, limits
from .creation import when
from .fields import EMPTY, Field, Fields
from .moments import day


def condition(node: dict[str, Any], fields: Fields, *, now: datetime, search: Callable[[str], Q]) -> Q:
    """The Q that the tree means at the moment `now`; `search` gives that of a text; names are looked up here."""
    ((key, value), *_) = node.items()
    if key in ("e", "ou"):
        return reduce(and_ if key == "e" else or_, [condition(item, fields, now=now, search=search) for item in value])
    if key == "nao":
        return ~condition(value, fields, now=now, search=search)
    if key == "texto":
        return search(value)
    return _of_field(fields[value], node["op"], node["valor"], now)


def _of_field(field: Field, op: str, value: Any, now: datetime) -> Q:
    path = field.path
    if field.elsewhere:
        return _elsewhere(field, field.elsewhere, op, value, now)
    if field.many:
        return Q(**{path: []}) if op == EMPTY else Q(**{f"{path}__overlap": _stored(field, value, now)})
    if op == EMPTY:
        return Q(**{f"{path}__isnull": True}) | (Q(**{path: ""}) if field.blank else Q())
    if op == "em" and field.kind != "instante":
        return Q(**{f"{path}__in": _stored(field, value, now)})
    alternatives = [limits(field.kind, op, item, now) for item in (value if op == "em" else [value])]
    if field.of_record:
        return reduce(or_, [when(path, item) for item in alternatives])
    return reduce(or_, [Q(*[(f"{path}__{lookup}", limit) for lookup, limit in item]) for item in alternatives])


def _elsewhere(field: Field, meets: Callable[[Limits], Q], op: str, value: Any, now: datetime) -> Q:
    if op == EMPTY:
        return ~meets([])
    if op == "em" and field.kind != "instante":
        return meets([("in", [Decimal(item) for item in value] if field.kind == "numero" else _stored(field, value, now))])
    return reduce(or_, [meets(limits(field.kind, op, item, now)) for item in (value if op == "em" else [value])])


def _stored(field: Field, values: list[Any], now: datetime) -> list[Any]:
    if field.kind == "data":
        return [day(value, now) for value in values]
    return field.resolve(values) if field.resolve else values
