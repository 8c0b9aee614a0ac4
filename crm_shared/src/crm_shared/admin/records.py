"""`RecordAdmin`: the admin of one kind of record, declared by naming its viewset.

Scopes, visibility, masks, validation and service functions are the API's own; nothing is decided a second time here.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from rest_framework.exceptions import ValidationError
from unfold.admin import TabularInline

from ..api.filters import search_condition
from ..api.viewsets import ChildViewSet, ReadOnlyViewSet, RecordViewSet
from ..errors import Invalid
from ..extensions.columns import Extensible
from ..extensions.values import shower
from ..records.references import Referencia
from .bounded import BoundedAdmin, principal_of
from .changelist import DeletedFilter
from .forms import ReadableJSONField, RecordForm, form_field
from .history import HistoryMixin
from .rules import Rules
from .transitions import TransitionsMixin
from .writing import WritingMixin

_OWNERS = ("responsavel", "equipe")
_ABOUT = ("id", "versao", "criado_em", "atualizado_em", "excluido_em")


class RulesAdmin(TransitionsMixin, HistoryMixin, BoundedAdmin):
    """Lists and details of a viewset's records, by the viewset's rules; what services write by themselves needs no more."""

    viewset: ClassVar[type[ReadOnlyViewSet]]

    @cached_property
    def shown(self) -> list[str]:
        """The columns that the API shows, and when the record was deleted: what else a row holds is the service's own affair."""
        sources = {field.source or name for name, field in self.viewset.serializer_class().fields.items()} | {"excluido_em"}
        return [name for name, field in self.concrete.items() if name in sources or field.attname in sources]

    @property
    def can_be_deleted(self) -> bool:
        return "excluido_em" in self.concrete

    def rules(self, request: HttpRequest) -> Rules:
        return Rules(self.viewset, principal_of(request))

    # --- rights

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, obj, "retrieve", "list")

    def _may(self, request: HttpRequest, obj: Model | None, *actions: str) -> bool:
        """The scope is held; for one record also its visibility, where the action's reaches less far than reading."""
        if not getattr(request.user, "principal", None):
            return False
        rules = self.rules(request)
        if not rules.may(*actions):
            return False
        if obj is None or rules.level(actions[0]) == rules.level("list"):
            return True
        return rules.visible(actions[0]).filter(pk=obj.pk).exists()

    # --- lists

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rules = self.rules(request)
        cited = [name for name in self.list_display if name in self.concrete and self.concrete[name].many_to_one]
        rows = rules.visible().prefetch_related(None).select_related(*cited)
        picking = request.resolver_match is not None and request.resolver_match.url_name == "autocomplete"
        if self.can_be_deleted and (picking or not rules.may("restaurar")):
            rows = rows.filter(excluido_em__isnull=True)
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        name = self.viewset.default_ordering
        return ("-" * name.startswith("-") + self.viewset.ordering_fields[name.removeprefix("-")],)

    def get_sortable_by(self, request: HttpRequest) -> list[str]:
        """The columns that the API sorts by: those with an index."""
        return [name for name in self.get_list_display(request) if name in self.viewset.ordering_fields.values()]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [name for name in self.list_display if not self.access(request).hides(str(name))]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        restorable = self.can_be_deleted and self.rules(request).may("restaurar")
        names = [item[0] if isinstance(item, tuple) else item for item in self.list_filter]
        own = [item for item, name in zip(self.list_filter, names, strict=True) if not self.access(request).closes(str(name))]
        return [*([DeletedFilter] if restorable else []), *own]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Django lets the address of a list ask about any column."""
        if request is None or self.access(request).closes(lookup):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_search_fields(self, request: HttpRequest) -> Any:
        """What has no text to search in is short, and is found by `search_fields`, in Django's way."""
        return self.viewset.search_paths or self.search_fields

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """As the API's `busca`: a term that it refuses finds nothing, and says why."""
        if not self.viewset.search_paths:
            found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
            return found
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(search_condition(search_term, self.viewset.search_paths, self.access(request))), False
        except ValidationError as error:
            detail: Any = error.detail
            messages.warning(request, str(detail["busca"][0]))
            return queryset.none(), False

    # --- details

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.mask(request, found)
        if isinstance(found, Extensible):
            found.extras = shower(found.RECURSO, access=self.access(request), listed=False)(found.extras)
        return found

    def mask(self, request: HttpRequest, obj: Any) -> None:
        """Mask or empty fields of what is about to be shown, and of the records that it cites. Nothing saves these instances."""
        for name in self.access(request).hidden & self.concrete.keys():
            setattr(obj, name, None)
        for name, mask in self.masks(request).items():
            if getattr(obj, name, None):
                setattr(obj, name, mask(getattr(obj, name)))
        for cited in getattr(obj._state, "fields_cache", {}).values():
            owner = self.admin_site._registry.get(type(cited))
            if isinstance(owner, RulesAdmin):
                owner.mask(request, cited)

    def masks(self, request: HttpRequest) -> dict[str, Any]:
        """Kept for the request: a list asks for each of its rows."""
        kept: dict[Any, dict[str, Any]] = request.__dict__.setdefault("_masks", {})
        if self.viewset not in kept:
            kept[self.viewset] = {name: mask for name, mask in self.rules(request).masks().items() if name in self.concrete}
        return kept[self.viewset]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        content = [name for name in self.shown if name not in _ABOUT and not self.access(request).hides(name)]
        content.sort(key=lambda name: name in _OWNERS)  # whose it is comes last, where it does not come first in the model
        about = [name for name in _ABOUT if name in self.shown]
        return [(None, {"fields": self.rows(content)}), ("Registro", {"fields": self.rows(about)})]

    def rows(self, names: list[str]) -> list[Any]:
        """Two fields beside each other, and what is long on a line of its own."""
        found: list[Any] = []
        half: str | None = None
        for name in names:
            if isinstance(self.concrete.get(name), models.TextField | models.JSONField):
                found += [half, name] if half else [name]
                half = None
            elif half:
                found.append((half, name))
                half = None
            else:
                half = name
        return [*found, half] if half else found

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.shown


class PartInline(TabularInline):
    """The steps of a run, below it: read-only, and seen by whoever sees the run."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class RecordAdmin(WritingMixin, RulesAdmin):
    """What people create, change, delete and restore."""

    viewset: ClassVar[type[RecordViewSet]]
    create_serializer: ClassVar[Any] = None  # where a creation takes other fields than a change
    addable: ClassVar[bool] = True
    form = RecordForm

    def serializer_class(self, *, change: bool) -> Any:
        return self.viewset.serializer_class if change else self.create_serializer or self.viewset.serializer_class

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.addable and self._may(request, None, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return getattr(obj, "excluido_em", None) is None and self._may(request, obj, "partial_update")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return getattr(obj, "excluido_em", None) is None and self._may(request, obj, "destroy")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        (_, content), about = super().get_fieldsets(request, obj)
        if obj is None:
            names = sorted(self._open(request, self.writable(change=False)), key=lambda name: name in _OWNERS)
            return [(None, {"fields": [*self.rows(names), *self._open(request, self.extra(change=False))]})]
        extra = self._open(request, self.extra(change=True)) if self.has_change_permission(request, obj) else []
        return [(None, {"fields": [*content["fields"], *extra]}), about]

    def _open(self, request: HttpRequest, names: Iterable[str]) -> list[str]:
        """Those that the person may change."""
        return [name for name in names if not self.access(request).fixes(self._attname(name))]

    def _attname(self, name: str) -> str:
        """As the API, and with it a rule, calls what may be a reference."""
        return self.concrete[name].attname if name in self.concrete else name

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        masked = self.masks(request) if obj else {}
        open_to = set(self._open(request, self.writable(change=obj is not None))) - set(masked)
        return [name for name in super().get_readonly_fields(request, obj) if name not in open_to]

    def writable(self, *, change: bool) -> list[str]:
        """The model's fields that the API takes."""
        taken = _taken(self.serializer_class(change=change))
        return [name for name, field in self.concrete.items() if field.editable and (name in taken or field.attname in taken)]

    def extra(self, *, change: bool) -> dict[str, forms.Field]:
        """What the API takes besides: a first password, nested rows as JSON."""
        taken = _taken(self.serializer_class(change=change))
        own = {key for name, field in self.concrete.items() for key in (name, field.attname)}
        return {name: form_field(field) for name, field in taken.items() if name not in own}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        bound = {
            "rules": self.rules(request),
            "serializer_class": self.serializer_class(change=change),
            "refusal": getattr(request, "refusal", None),
        }
        taken = self.extra(change=change) if not change or self.has_change_permission(request, obj) else {}
        extra = {name: taken[name] for name in self._open(request, taken)}
        form = type("BoundRecordForm", (self.form,), {**bound, **extra})
        made: Any = super().get_form(request, obj, change, form=form, **kwargs)
        return made

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Lengths are the serializer's to judge: it stores a document without the mask that people type."""
        if isinstance(db_field, models.JSONField):
            kwargs["form_class"] = ReadableJSONField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.CharField) and not db_field.choices and field is not None:
            field.max_length = None
            field.validators = []
            field.widget.attrs.pop("maxlength", None)
        return field

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Every reference: a list to choose from would read the whole table."""
        return [name for name, field in self.concrete.items() if field.many_to_one and self._pickable(field.related_model)]

    def _pickable(self, model: type[Model]) -> bool:
        return model is Referencia or bool(self.admin_site.is_registered(model))


class ChildAdmin(RecordAdmin):
    """Records that the API keeps under another's address: a creation names that other, and afterwards it stays."""

    viewset: ClassVar[type[ChildViewSet]]

    @property
    def parent(self) -> str:
        """The field of the model behind the viewset's `parent_field`."""
        return next(name for name, field in self.concrete.items() if field.attname == self.viewset.parent_field)

    def writable(self, *, change: bool) -> list[str]:
        own = [name for name in super().writable(change=change) if name != self.parent]
        return own if change else [self.parent, *own]

    def new_data(self, form: Any) -> dict[str, Any]:
        parent = form.cleaned_data.get(self.parent)
        if parent is None or not form.rules.visible_parents("create").filter(pk=parent.pk).exists():
            raise Invalid("Escolha um registro que você possa alterar.", codigo="inexistente", campo=self.parent)
        return {**super().new_data(form), self.viewset.parent_field: parent.pk}


def _taken(serializer_class: Any) -> dict[str, Any]:
    return {name: field for name, field in serializer_class().fields.items() if not field.read_only}
