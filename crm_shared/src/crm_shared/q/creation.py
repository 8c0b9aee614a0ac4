"""Conditions on when a record was created, told of its id as well: ids carry that moment (ADR 14), and every list has an index of them."""

from datetime import datetime

from django.db.models import BooleanField, Case, Q, Value, When

from ..db import is_mongo
from ..records.models import id_at
from .bounds import Limits

CREATED, CHANGED = "criado_em", "atualizado_em"
_CLOCK = 3_600_000  # ms; id and moment are taken together, but ids never go back when a machine's clock is set back


def when(path: str, limits: Limits) -> Q:
    """That `criado_em` or `atualizado_em` of a Record, at `path`, is within all of `limits`; the id is only bounded, never decides."""
    exact = Q(*[(f"{path}__{lookup}", limit) for lookup, limit in limits])
    if path == CHANGED:  # not before its creation: the last change bounds that from above
        return exact & _ids([(lookup, limit) for lookup, limit in limits if lookup[0] == "l"])
    return (exact if is_mongo() else _opaque(exact)) & _ids(limits)


def _ids(limits: Limits) -> Q:
    after = [Q(pk__gte=id_at(_milliseconds(limit) - _CLOCK)) for lookup, limit in limits if lookup[0] == "g"]
    before = [Q(pk__lt=id_at(_milliseconds(limit) + _CLOCK)) for lookup, limit in limits if lookup[0] == "l"]
    return Q(*after, *before)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _opaque(condition: Q) -> Q:
    """For the planner true of every other row: it would count what the ids have left out once more, and expect next to nothing."""
    return Q(Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()))
