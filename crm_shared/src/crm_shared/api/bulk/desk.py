"""One resource as one principal may work on it: for many records, with or without a request."""

from collections.abc import Iterable
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import resolve
from rest_framework.exceptions import ErrorDetail, ValidationError

from ...auth.principal import Principal
from ...errors import Forbidden
from ...records.models import Record
from ...records.together import batch
from ..filters import RESERVED, ListFilterBackend


def view_class_of(recurso: str) -> Any:
    """The viewset behind `/<recurso>`, such as `clientes/leads`."""
    return resolve(f"/{recurso}/lote").func.cls  # type: ignore[attr-defined]


class Desk:
    """Views, made as for a request of the action in question, and serializers, made once: building their fields costs most."""

    def __init__(self, view_class: Any, ator: Principal) -> None:
        self.view_class = view_class
        self.ator = ator
        self.services = view_class.services
        self._views: dict[str, Any] = {}

    @property
    def model(self) -> Any:
        return self.view_class.queryset.model

    def view(self, action: str) -> Any:
        if action not in self._views:
            view = self.view_class()
            view.request = SimpleNamespace(user=self.ator, method="POST", query_params=QueryDict(), headers={}, data={})
            view.action, view.args, view.kwargs, view.format_kwarg = action, (), {}, None
            self._views[action] = view
        return self._views[action]

    def require(self, action: str) -> None:
        """The scope that the single request would ask for."""
        self.require_scope(self.view_class.required_scopes[action])

    def require_scope(self, scope: str | None) -> None:
        if scope is not None and not self.ator.has(scope):
            raise Forbidden("Seu papel não inclui a permissão necessária para esta ação.", codigo="escopo_ausente", escopo=scope)

    # --- reading

    def visible(self, action: str) -> QuerySet[Any]:
        """The records on which the principal may do `action`, bare of what only answers show."""
        queryset: QuerySet[Any] = self.view(action).get_queryset()
        return queryset.select_related(None).prefetch_related(None)

    def locked(self, action: str, ids: Iterable[UUID]) -> dict[UUID, Any]:
        """Those of `ids` that are visible, locked in one order, so that two of these at once do not lock each other out."""
        wanted = list(self.visible(action).filter(pk__in=list(ids)).order_by().values_list("pk", flat=True))
        rows = self.model._default_manager.select_for_update().filter(pk__in=wanted).order_by("pk") if wanted else ()
        found = {row.pk: row for row in rows}
        if (together := batch()) is not None:
            together.locked |= {(self.model, pk): row for pk, row in found.items()}
        return found

    def selected(self, action: str, selecao: dict[str, Any]) -> QuerySet[Any]:
        """What `{q, busca, filtros}` mean among the visible; ValidationError for what the list itself would refuse."""
        view = self.view(action)
        parameters = _parameters(view, selecao)
        request: Any = SimpleNamespace(user=self.ator, query_params=parameters)
        return ListFilterBackend().filter_queryset(request, self.visible(action), view)

    # --- validating

    @cached_property
    def _new(self) -> Any:
        view = self.view("create")
        return (view.new_serializer_class or view.serializer_class)(context=view.get_serializer_context())

    @cached_property
    def _changed(self) -> Any:
        view = self.view("partial_update")
        return view.serializer_class(partial=True, context=view.get_serializer_context())

    def new_data(self, body: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = self._new.run_validation(body)
        return data

    def changes(self, record: Record | None, body: dict[str, Any]) -> dict[str, Any]:
        """The validated fields of a PATCH of `record`."""
        self._changed.instance = record
        data: dict[str, Any] = self._changed.run_validation(body)
        return data

    def key(self, name: str, value: Any) -> Any:
        """A natural key as it is stored."""
        try:
            return self._new.fields[name].run_validation(value)
        except ValidationError as error:
            raise ValidationError({name: error.detail}) from None

    def writable(self, values: dict[str, Any]) -> dict[str, Any]:
        """Those of the changed columns that a body may name; what follows from them the services work out again."""
        fixed = self._changed.access.unwritable
        names = {field.source: name for name, field in self._changed.fields.items() if not field.read_only and name not in fixed}
        return {names[column]: value for column, value in values.items() if column in names}


def _parameters(view: Any, selecao: dict[str, Any]) -> QueryDict:
    filters = selecao.get("filtros", {})
    known = set(view.filterset_class.base_filters) if view.filterset_class else set()
    refused = {
        name: [ErrorDetail("Filtro desconhecido.", code="parametro_desconhecido")] for name in filters if name not in known - RESERVED
    }
    if refused:
        raise ValidationError(refused)
    parameters = QueryDict(mutable=True)
    for name, value in filters.items():
        parameters[name] = str(value).lower() if isinstance(value, bool) else str(value)
    for name in ("q", "busca"):
        if selecao.get(name):
            parameters[name] = selecao[name]
    return parameters
