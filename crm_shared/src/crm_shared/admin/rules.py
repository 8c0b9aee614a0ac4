"""A viewset's own rules, asked without a request to the API: scopes, visibility, masks."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from ..api.viewsets import ReadOnlyViewSet, UnderParent
from ..auth.fields import FieldAccess, field_access
from ..auth.principal import Principal


@dataclass(frozen=True)
class _Request:
    """As much of a request as visibility and serializers look at."""

    user: Principal
    query_params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """What `principal` may do with the records of `viewset`."""

    viewset: type[ReadOnlyViewSet]
    principal: Principal

    def may(self, *actions: str) -> bool:
        """Any of the viewset's `actions` is there and its scope is held."""
        scopes = self.viewset.required_scopes
        return any(action in scopes and self._holds(scopes[action]) for action in actions)

    def _holds(self, scope: str | None) -> bool:
        return scope is None or self.principal.has(scope)

    def level(self, action: str) -> str:
        """proprio, equipe or todos."""
        return self.principal.nivel(self.viewset.recurso, self._view(action).acao)

    def visible(self, action: str = "list") -> QuerySet[Any]:
        """The rows on which `action` may be done, deleted ones among them."""
        view, everything = self._view(action), self._view("restaurar").base_queryset()
        if isinstance(view, UnderParent):
            return self._of_visible_parents(view, everything)
        view.base_queryset = lambda: everything  # type: ignore[method-assign]  # a viewset may narrow what this gives
        return view.get_queryset()

    def visible_parents(self, action: str) -> QuerySet[Any]:
        """The records under which `action` may be done."""
        view: Any = self._view(action)
        found: QuerySet[Any] = view.visible(view.parent_queryset.filter(excluido_em__isnull=True))
        return found

    def _of_visible_parents(self, view: UnderParent, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.principal.nivel(view.recurso, view.acao) == "todos":
            return rows
        parents = view.visible(view.parent_queryset.all()).order_by().values("pk")
        return rows.filter(**{f"{view.parent_field}__in": parents})

    def serializer(self, serializer_class: Any = None, **options: Any) -> Any:
        view = self._view("list")
        return (serializer_class or self.viewset.serializer_class)(context={"request": view.request, "view": view}, **options)

    @property
    def access(self) -> FieldAccess:
        """What the fields are to the person."""
        return field_access(self.principal, self.viewset.recurso)

    def masks(self) -> dict[str, Any]:
        found: dict[str, Any] = self.serializer().active_masks()
        return found

    def _view(self, action: str) -> ReadOnlyViewSet:
        view = self.viewset()
        view.request = _Request(self.principal)  # type: ignore[assignment]
        view.action = action
        view.format_kwarg = None
        return view
