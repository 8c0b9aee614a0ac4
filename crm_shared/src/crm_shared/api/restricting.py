"""Field rules where requests name fields: what a body may write, a filter or an ordering ask, an expression or a total be about."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rest_framework.exceptions import ErrorDetail, ValidationError

from ..auth.fields import EVERYTHING, FieldAccess, field_access
from ..identity.search import SearchTerms
from ..q import Field

CODE = "campo_restrito"
T = TypeVar("T")


def access_of(context: Mapping[str, Any]) -> FieldAccess:
    """By a serializer's context: its `request`'s caller and the resource of its `view`, or `recurso` for a record of another one.

    Without a request it is the service's own work, which sees everything.
    """
    request = context.get("request")
    if request is None:
        return EVERYTHING
    recurso = context.get("recurso") or getattr(context.get("view"), "recurso", "")
    return field_access(request.user, str(recurso))


def not_writable() -> ErrorDetail:
    return ErrorDetail("Seu papel não altera este campo.", code=CODE)


def refuse_writing(access: FieldAccess, names: Iterable[Any]) -> None:
    """400 that names each field which the caller may not change."""
    if access.unwritable and (refused := [str(name) for name in names if access.fixes(str(name))]):
        raise ValidationError({name: [not_writable()] for name in refused})


def refuse_filters(access: FieldAccess, filters: Mapping[str, Any], asked: Iterable[str]) -> None:
    """A filter on what is not seen would tell it by what it lets through."""
    if not access.closed:
        return
    refused = [name for name in asked if name in filters and access.closes(name, filters[name].field_name or "")]
    if refused:
        raise ValidationError({name: [not_seen()] for name in refused})


def not_seen() -> ErrorDetail:
    return ErrorDetail("Seu papel não vê este campo.", code=CODE)


def open_fields(access: FieldAccess, fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """What an expression or a total may name."""
    return {name: item for name, item in fields.items() if not access.closes(name, item.path)} if access.closed else fields


def open_orderings(view: Any) -> Mapping[str, str]:
    access: FieldAccess = getattr(view, "access", EVERYTHING)
    fields: Mapping[str, str] = view.ordering_fields
    return {name: path for name, path in fields.items() if not access.closes(name, path)} if access.closed else fields


def refuse_search(access: FieldAccess, terms: SearchTerms) -> None:
    """One text is searched for all that a record is found by: a term is refused that may be part of what the caller does not see."""
    if access.busca == "texto" or (access.busca == "digitos" and any(char.isdigit() for word in terms.words for char in word)):
        detail = "A busca acharia também por um campo que seu papel não vê; filtre por outro campo."
        raise ValidationError({"busca": [ErrorDetail(detail, code=CODE)]})
