"""Lists without instances: rows come from `.values()` by the fields that the serializer declares (ADR 14)."""

from collections.abc import Callable, Container
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework import serializers

from .serializers import RecordSerializer, ShownColumn


class RowPlan:
    """How to read and show a list row, of `only` some fields if given: (name, `.values()` path) each, and the masks in force."""

    def __init__(self, serializer: RecordSerializer, only: Container[str] | None = None) -> None:
        hidden = serializer.access.hidden

        def wanted(name: str) -> bool:
            return (only is None or name in only) and name not in hidden

        self.columns = [(name, path) for name, path in _columns(type(serializer)) if wanted(name)]
        self.embedded: dict[str, Callable[[Any], Any]] = {
            name: serializer.fields[name].to_representation for name in _embedded_names(type(serializer)) if wanted(name)
        }
        self.shown = {name: field_class.shower(serializer) for name, field_class in _shown_names(type(serializer)) if wanted(name)}
        self.masks: dict[str, Callable[[Any], Any]] = serializer.active_masks()

    def paths(self, *extra: str) -> list[str]:
        return list(dict.fromkeys([path for _, path in self.columns] + list(extra)))

    def render(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {name: row[path] for name, path in self.columns}
        for name, represent in self.embedded.items():
            shown[name] = represent(shown[name]) if shown[name] is not None else None
        for name, show in self.shown.items():
            shown[name] = show(shown[name])
        for name, mask in self.masks.items():
            if shown.get(name):
                shown[name] = mask(shown[name])
        return shown


def row_names(serializer_class: type[RecordSerializer]) -> list[str]:
    return [name for name, _ in _columns(serializer_class)]


@cache
def _columns(serializer_class: type[RecordSerializer]) -> list[tuple[str, str]]:
    """Once per class: building a serializer's fields costs more than reading the page."""
    serializer = serializer_class()
    return [(name, _path(field)) for name, field in serializer.fields.items() if _listed(serializer, name, field)]


@cache
def _embedded_names(serializer_class: type[RecordSerializer]) -> list[str]:
    """Most lists have none, and then no request builds the serializer's fields."""
    serializer = serializer_class()
    return [name for name, _ in _columns(serializer_class) if _embedded(serializer, serializer.fields[name])]


@cache
def _shown_names(serializer_class: type[RecordSerializer]) -> list[tuple[str, Any]]:
    """The columns that need definitions to be shown, with the class that reads those once for the page (`ShownColumn`)."""
    fields = serializer_class().fields
    return [(name, type(fields[name])) for name, _ in _columns(serializer_class) if isinstance(fields[name], ShownColumn)]


def _listed(serializer: RecordSerializer, name: str, field: Any) -> bool:
    if name in serializer.detail_only or field.write_only:
        return False
    if _embedded(serializer, field):
        return True
    if isinstance(field, serializers.BaseSerializer | serializers.SerializerMethodField) or field.source == "*":
        raise ImproperlyConfigured(f"{type(serializer).__name__}.{name} is not one column: name it in detail_only.")
    return True


def _embedded(serializer: RecordSerializer, field: Any) -> bool:
    """Nested in the API and yet one column: a document inside the record's own (MongoDB)."""
    if not isinstance(field, serializers.BaseSerializer):
        return False
    model: Any = serializer.Meta.model
    column = model._meta.get_field(field.source)
    return bool(column.concrete) and not column.is_relation


def _path(field: Any) -> str:
    return str(field.source).replace(".", "__")
