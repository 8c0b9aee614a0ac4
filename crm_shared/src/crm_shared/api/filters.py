"""Filters from an allowlist: what is not declared is refused, never ignored."""

from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from ..auth.fields import EVERYTHING, FieldAccess
from ..identity.errors import IdentityError
from ..identity.search import needles, search_terms
from ..q import Fields, QError, parse
from ..q.compiler import condition
from ..q.creation import CREATED, when
from ..q.parser import MAX_LENGTH
from ..records.models import Record
from .fields import FIRST_YEAR, LAST_YEAR, WITH_OFFSET
from .restricting import open_fields, refuse_filters, refuse_search

RESERVED = frozenset({"limite", "cursor", "ordenar"})


class CleanedField(forms.CharField):
    """Reads what a person typed by a function of crm_shared.identity; its IdentityError is the field's error."""

    def __init__(self, *args: Any, cleaner: Callable[[str], str], **kwargs: Any) -> None:
        self.cleaner = cleaner
        super().__init__(*args, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.cleaner(text) if text else text
        except IdentityError as error:
            raise DjangoValidationError(str(error), code=error.code) from None


class CleanedFilter(django_filters.CharFilter):
    """`CleanedFilter(cleaner=clean_cpf)`: equal to the stored form of a document, phone or address in any spelling."""

    field_class = CleanedField


class InstantField(django_filters.fields.IsoDateTimeField):
    """As in bodies (fields.InstantField): with its offset, and not at the ends of time, which overflow in another zone."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip() and not WITH_OFFSET.search(value):
            raise DjangoValidationError("Informe dia, hora e fuso, como 2026-11-22T14:30:00-03:00.", code="fuso_ausente")
        instant = super().to_python(value)
        if instant is not None and not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise DjangoValidationError(f"Use um ano de {FIRST_YEAR} a {LAST_YEAR}.", code="fora_do_intervalo")
        return instant


class InstantFilter(django_filters.IsoDateTimeFilter):
    field_class = InstantField

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is not None and self.field_name == CREATED and issubclass(qs.model, Record):
            return qs.filter(when(CREATED, [(self.lookup_expr, value)]))
        found: QuerySet[Any] = super().filter(qs, value)
        return found


class StrictFilterSet(django_filters.FilterSet):
    """Base of every list's filters; ids, dates and numbers are validated by their fields, unknown names by the backend."""

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # only those that are asked for: to copy all and make a form of them took half as long as the list itself
        self.base_filters = {name: item for name, item in self.base_filters.items() if name in (data or {})}
        super().__init__(data, *args, **kwargs)


class ListFilterBackend:
    """Applies a view's `filterset_class` and, over its `search_paths`, `busca=`; an unknown parameter or value answers 400."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        refuse_unknown(request, view)
        if view.filterset_class:
            refuse_filters(view.access, view.filterset_class.base_filters, request.query_params)
        if view.filterset_class and not view.filterset_class.base_filters.keys().isdisjoint(request.query_params):
            queryset = _filtered(request, queryset, view)
        if term := request.query_params.get("busca"):
            queryset = queryset.filter(search_condition(term, view.search_paths, view.access))
        if expression := request.query_params.get("q"):
            queryset = queryset.filter(expression_condition(expression, view))
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The list's parameters for OpenAPI; drf-spectacular asks the backend for them."""
        filters = view.filterset_class.base_filters if view.filterset_class else {}
        found = [query_parameter(name, _filter_schema(item), str(item.label or "")) for name, item in filters.items()]
        if view.search_paths:
            found.append(query_parameter("busca", {"type": "string"}, "Parte de um nome, ou um documento ou telefone, com ou sem máscara."))
        if view.q_fields:
            found.append(_q_parameter(view.q_fields))
        if hasattr(view, "custom_q_fields"):
            found.append(query_parameter("visao", {"type": "string", "format": "uuid"}, "Id de uma visão salva, cujos parâmetros valem."))
        return found


def _q_parameter(fields: Fields) -> dict[str, Any]:
    """`x-campos` tells programs what a description tells people: the names that an expression may use, and their kinds."""
    help_text = f"Expressão, como `campo:valor -outro:valor (a:1 or b:>2)`. Campos: {', '.join(sorted(fields))}."
    parameter = query_parameter("q", {"type": "string", "maxLength": MAX_LENGTH}, help_text)
    return parameter | {"x-campos": {name: field.kind for name, field in fields.items()}}


_FORMATS = {"UUIDFilter": "uuid", "InstantFilter": "date-time", "DateFilter": "date"}


def _filter_schema(item: Any) -> dict[str, Any]:
    choices = item.extra.get("choices")
    if choices:
        return {"type": "string", "enum": [str(value) for value, _label in choices]}
    kind = type(item).__name__
    if kind in ("BooleanFilter", "NumberFilter"):
        return {"type": "boolean" if kind == "BooleanFilter" else "number"}
    return {"type": "string", **({"format": _FORMATS[kind]} if kind in _FORMATS else {"minLength": 1})}


def query_parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _filtered(request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
    filterset = view.filterset_class(request.query_params, queryset=queryset, request=request)
    if not filterset.is_valid():
        raise ValidationError({name: _details(errors) for name, errors in filterset.form.errors.as_data().items()})
    found: QuerySet[Any] = filterset.qs
    return found


def _details(errors: list[DjangoValidationError]) -> list[ErrorDetail]:
    return [ErrorDetail(message, code=error.code or "invalid") for error in errors for message in error.messages]


def refuse_unknown(request: Request, view: Any) -> None:
    """400 for a parameter that the list does not know, that is given twice or empty, and for a yes or no that is neither."""
    filters = view.filterset_class.base_filters if view.filterset_class else {}
    allowed = RESERVED | set(filters)
    if view.search_paths:
        allowed |= {"busca"}
    if view.q_fields:
        allowed |= {"q"}
    if hasattr(view, "expansions"):  # a list of records
        allowed |= {"campos", "contagem", *(["expandir"] if view.expansions else [])}
    refused = {
        name: [ErrorDetail("Parâmetro desconhecido.", code="parametro_desconhecido")] for name in set(request.query_params) - allowed
    }
    refused |= {
        name: [ErrorDetail("Parâmetro repetido.", code="parametro_repetido")]
        for name, values in request.query_params.lists()
        if len(values) > 1 and name not in refused
    }
    refused |= {  # django-filter would take it for no filter at all
        name: [ErrorDetail("Use true ou false.", code="opcao_invalida")]
        for name, item in filters.items()
        if isinstance(item, django_filters.BooleanFilter) and request.query_params.get(name, "true").lower() not in ("true", "false")
    }
    refused |= {  # so would an empty one be: a client that forgot the value would get all records
        name: [ErrorDetail("Informe um valor.", code="vazio")] for name in filters if not request.query_params.get(name, "x").strip()
    }
    if refused:
        raise ValidationError(refused)


def expression_condition(expression: str, view: Any) -> Q:
    """What `q=` means on the list of `view`."""
    try:
        fields = expression_fields(expression, view)
        tree = parse(expression, fields, searchable=bool(view.search_paths))
        return condition(tree, fields, now=timezone.now(), search=lambda term: search_condition(term, view.search_paths, view.access))
    except QError as error:
        raise ValidationError({"q": [ErrorDetail(str(error), code=error.codigo)]}) from None


def expression_fields(expression: str, view: Any) -> Fields:
    """What `expression` may name on the list of `view`; custom fields are looked up only for one that names any."""
    fields = open_fields(view.access, view.q_fields)
    if "@" not in expression or not hasattr(view, "custom_q_fields"):
        return fields
    return {**fields, **view.custom_q_fields()}


def search_condition(term: str, paths: tuple[str, ...], access: FieldAccess = EVERYTHING) -> Q:
    """All words, or the whole term as a document or phone without its mask, in any of the stored search texts."""
    try:
        terms = search_terms(term)
    except IdentityError as error:
        raise ValidationError({"busca": [ErrorDetail(str(error), code=error.code)]}) from None
    refuse_search(access, terms)
    alternatives = needles(terms)
    condition = Q()
    for path in paths:
        for group in alternatives:
            condition |= Q(*[(f"{path}__contains", needle) for needle in group])
    return condition
