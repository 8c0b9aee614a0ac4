"""`contagem=exata|estimada`: how many records a list means, for those who ask; no list counts by itself.

An exact count may take as long as the table is large, so it has a deadline; when that passes, the answer is an estimate
and says so. Both count only what the caller sees, for they count the list's own query.
"""

import json
from typing import Any, Literal, TypedDict

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..db import is_mongo, mongo_connection

KINDS = ("exata", "estimada")
PATIENCE = 2.0  # seconds for an exact count
CAP = 10_000  # documents that an estimate on MongoDB counts at most where the store knows no figure
_TOO_LONG = "57014"  # PostgreSQL: cancelled, by the statement timeout


class Contagem(TypedDict):
    """`minima`: there are at least so many."""

    valor: int
    tipo: Literal["exata", "estimada", "minima"]


def wanted(request: Any) -> str | None:
    kind: str | None = request.query_params.get("contagem")
    if kind is not None and kind not in KINDS:
        raise ValidationError({"contagem": [ErrorDetail(f"Use {' ou '.join(KINDS)}.", code="opcao_invalida")]})
    return kind


def count(queryset: QuerySet[Any], kind: str) -> Contagem:
    rows = queryset.order_by().select_related(None).prefetch_related(None)
    exact = _exact(rows) if kind == "exata" else None
    return {"valor": exact, "tipo": "exata"} if exact is not None else _estimate(rows)


def _exact(rows: QuerySet[Any]) -> int | None:
    """None when the deadline passed."""
    if is_mongo():
        found: int | None = mongo_connection.within(PATIENCE, rows.count)
        return found
    try:
        return _within_deadline(rows)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != _TOO_LONG:
            raise
        return None


@transaction.atomic
def _within_deadline(rows: QuerySet[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(PATIENCE * 1000)}ms"])
        found = rows.count()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return found


def _estimate(rows: QuerySet[Any]) -> Contagem:
    if is_mongo():
        return _estimate_on_mongo(rows)
    plan = json.loads(rows.values("pk").explain(format="JSON"))  # what the planner expects; it reads no row
    return {"valor": int(plan[0]["Plan"]["Plan Rows"]), "tipo": "estimada"}


def _estimate_on_mongo(rows: QuerySet[Any]) -> Contagem:
    """The collection's own figure where the list is all of it; else what is there is counted, up to CAP."""
    everything = rows.model._default_manager.filter(excluido_em__isnull=True)
    if rows.query.where == everything.query.where:
        return {"valor": mongo_connection.estimated_count(rows.model._meta.db_table), "tipo": "estimada"}
    found = rows[: CAP + 1].count()
    return {"valor": min(found, CAP), "tipo": "exata" if found <= CAP else "minima"}
