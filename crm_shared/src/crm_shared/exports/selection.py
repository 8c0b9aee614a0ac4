"""Which records an export takes: the same filters, expression and visibility as the list's, without its request."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.module_loading import import_string
from rest_framework.exceptions import ErrorDetail, ValidationError

from ..api.rows import RowPlan, row_names
from ..auth.principal import Principal

ACTION = "exportar"


@dataclass
class AskedFor:
    """What a request would be to filters and serializers: the caller and the query string."""

    user: Principal
    query_params: QueryDict


class Selection:
    """`params`: the list's own parameters (`q`, `busca`, filters) as text; `campos`: the columns, all of the list's by default.

    Raises ValidationError for what the list would refuse. Visibility is that of `<recurso>:exportar`.
    """

    def __init__(self, view_class: Any, ator: Principal, params: dict[str, str], campos: list[str]) -> None:
        query = QueryDict(mutable=True)
        for name, value in params.items():
            query[name] = value
        self.request = AskedFor(ator, query)
        self.view: Any = view_class()
        self.view.request, self.view.action, self.view.kwargs, self.view.format_kwarg = self.request, ACTION, {}, None
        self.campos = self._columns(campos)
        serializer = view_class.serializer_class(context={"request": self.request})
        self.plan = RowPlan(serializer, set(self.campos))

    def _columns(self, asked: list[str]) -> list[str]:
        known = row_names(self.view.serializer_class)
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise ValidationError({"campos": [ErrorDetail(f"Campos desconhecidos: {', '.join(unknown)}.", code="campo_desconhecido")]})
        return list(dict.fromkeys(asked)) or known

    def queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.view.filter_queryset(self.view.get_queryset())
        return rows.select_related(None).prefetch_related(None).order_by("pk")

    def page(self, after: Any, size: int) -> tuple[list[list[Any]], Any]:
        """Up to `size` rows behind the id `after`, and the id of the last one: a keyset, so that the last page costs what the first did."""
        rows = self.queryset()
        if after is not None:
            rows = rows.filter(pk__gt=after)
        found = list(rows.values(*self.plan.paths("id"))[:size])
        shown = [self.plan.render(row) for row in found]
        return [[row[name] for name in self.campos] for row in shown], (found[-1]["id"] if found else after)


def view_named(path: str) -> Any:
    return import_string(path)


def path_of(view_class: Any) -> str:
    return f"{view_class.__module__}.{view_class.__qualname__}"
