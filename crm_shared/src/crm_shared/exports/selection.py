"""Which records an export takes: the same filters, expression and visibility as the list's, without its request."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.module_loading import import_string

from ..api.rows import RowPlan
from ..auth.principal import Principal
from ..extensions.values import PREFIX
from .columns import EXTRAS, reader

ACTION = "exportar"


@dataclass
class AskedFor:
    """What a request would be to filters and serializers: the caller and the query string."""

    user: Principal
    query_params: QueryDict


class Selection:
    """`params`: the list's own parameters (`q`, `busca`, filters) as text; `campos`: the columns, as `columns.chosen` gives them.

    Raises ValidationError for what the list would refuse. Visibility is that of `<recurso>:exportar`.
    """

    def __init__(self, view_class: Any, ator: Principal, params: dict[str, str], campos: list[str]) -> None:
        query = QueryDict(mutable=True)
        for name, value in params.items():
            query[name] = value
        self.request = AskedFor(ator, query)
        self.view: Any = view_class()
        self.view.request, self.view.action, self.view.kwargs, self.view.format_kwarg = self.request, ACTION, {}, None
        self.campos = campos
        serializer = view_class.serializer_class(context={"request": self.request, "view": self.view})
        self.plan = RowPlan(serializer, {EXTRAS if name.startswith(PREFIX) else name for name in campos})
        self._cells = reader(serializer, campos)

    def queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.view.filter_queryset(self.view.get_queryset())
        return rows.select_related(None).prefetch_related(None).order_by("pk")

    def page(self, after: Any, size: int) -> tuple[list[list[Any]], Any]:
        """Up to `size` rows behind the id `after`, and the id of the last one: a keyset, so that the last page costs what the first did."""
        rows = self.queryset()
        if after is not None:
            rows = rows.filter(pk__gt=after)
        found = list(rows.values(*self.plan.paths("id"))[:size])
        return [self._cells(self.plan.render(row)) for row in found], (found[-1]["id"] if found else after)


def view_named(path: str) -> Any:
    return import_string(path)


def path_of(view_class: Any) -> str:
    return f"{view_class.__module__}.{view_class.__qualname__}"
