"""Keyset pagination: the next page starts after a position, not after a number of rows; no COUNT, no depth limit."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import F, Field, Model, Q
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from ..events.values import plain
from .filters import query_parameter
from .restricting import open_orderings

DEFAULT_LIMIT, MAX_LIMIT = 25, 200


@dataclass(frozen=True)
class Ordering:
    """`name` as the client writes it (`-valor`), `path` the ORM field, ascending or not; ties break by id."""

    name: str
    path: str
    ascending: bool
    nullable: bool
    field: "Field[Any, Any]"

    def by(self, *, reverse: bool) -> list[Any]:
        ascending = self.ascending is not reverse
        primary = "pk" if self.path in ("id", "pk") else self.path
        if primary == "pk":
            return ["pk" if ascending else "-pk"]
        if not self.nullable:
            return [primary if ascending else f"-{primary}", "pk" if ascending else "-pk"]
        # nulls stand last in the list's own direction, hence first when it is read backwards
        nulls: dict[str, bool] = {"nulls_first": True} if reverse else {"nulls_last": True}
        column = F(primary).asc(**nulls) if ascending else F(primary).desc(**nulls)
        return [column, "pk" if ascending else "-pk"]

    def after(self, value: Any, pk: Any, *, reverse: bool) -> Q:
        """Rows beyond the position in the direction of reading."""
        beyond = "gt" if self.ascending is not reverse else "lt"
        tie = Q(**{f"pk__{beyond}": pk})
        if self.path in ("id", "pk"):
            return tie
        if value is None:
            same = Q(**{f"{self.path}__isnull": True}) & tie
            return same | Q(**{f"{self.path}__isnull": False}) if reverse else same
        # `a >= x and (a > x or id > y)` lets the index start at x, which `a > x or (a = x and id > y)` does not
        rest = Q(**{f"{self.path}__{beyond}e": value}) & (Q(**{f"{self.path}__{beyond}": value}) | tie)
        return rest | Q(**{f"{self.path}__isnull": True}) if self.nullable and not reverse else rest


@dataclass(frozen=True)
class Cursor:
    """A position: the ordering that it belongs to, the row's value and id, and whether the page lies before it."""

    ordering: str
    value: Any
    pk: str
    reverse: bool = False

    def encode(self) -> str:
        raw = orjson.dumps([self.ordering, self.value, self.pk, self.reverse])
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            raw = base64.urlsafe_b64decode(text[:2000] + "=" * (-len(text) % 4))
            ordering, value, pk, reverse = orjson.loads(raw)
        except (ValueError, binascii.Error, TypeError):
            raise _invalid("cursor", "O cursor não é válido.") from None
        if not (isinstance(ordering, str) and isinstance(pk, str) and isinstance(reverse, bool)):
            raise _invalid("cursor", "O cursor não é válido.")
        return cls(ordering, value, pk, reverse)


def _invalid(campo: str, message: str, code: str = "invalido") -> ValidationError:
    return ValidationError({campo: [ErrorDetail(message, code=code)]})


class KeysetPagination(BasePagination):
    """`limite` (25, at most 200), `cursor`, `ordenar` from the view's `ordering_fields` (name -> ORM path)."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None, shown: Any = None) -> list[Any]:
        """One page of `queryset`, whose rows may be instances or `.values()` that include the ordering's path and pk.

        With `shown`, the same rows and more: the page is found in `queryset`, and only its rows are read from `shown`.
        """
        limit = self._limit(request)
        ordering = self.ordering(request, view, queryset.model)
        cursor = self._cursor(request, ordering, queryset.model)
        reverse = cursor is not None and cursor.reverse
        if cursor:
            queryset = queryset.filter(ordering.after(cursor.value, cursor.pk, reverse=reverse))
        order = ordering.by(reverse=reverse)
        found = queryset.order_by(*order)[: limit + 1]
        rows = list(found if shown is None else shown.filter(pk__in=found.values("pk")).order_by(*order))
        more, rows = len(rows) > limit, rows[:limit]
        if reverse:
            rows.reverse()
        self._next = self._link(rows, -1, ordering, reverse=False) if rows and (more or reverse) else None
        self._previous = self._link(rows, 0, ordering, reverse=True) if rows and cursor and (more or not reverse) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"resultados": data, "proximo": self._next, "anterior": self._previous})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        position = {"type": ["string", "null"], "description": "Valor para o parâmetro `cursor`."}
        return {
            "type": "object",
            "required": ["resultados", "proximo", "anterior"],
            "properties": {"resultados": schema, "proximo": position, "anterior": position},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [prefix + name for name in view.ordering_fields for prefix in ("", "-")]
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            query_parameter("limite", limit, "Quantos registros por página."),
            query_parameter("cursor", {"type": "string"}, "Posição devolvida em `proximo` ou `anterior`."),
            query_parameter("ordenar", {"type": "string", "enum": names}, "Ordem; `-` para a inversa."),
        ]

    def documented(self, view: Any) -> list[OpenApiParameter]:
        """The same for `extend_schema`, where an action pages without being a list."""
        found = self.get_schema_operation_parameters(view)
        return [OpenApiParameter(item["name"], item["schema"], description=item["description"]) for item in found]

    def ordering(self, request: Request, view: Any, model: type[Model]) -> Ordering:
        name = request.query_params.get("ordenar", view.default_ordering)
        known = open_orderings(view)
        path = known.get(name.removeprefix("-"))
        if path is None:
            raise _invalid("ordenar", f"Ordene por um destes: {', '.join(known)}.", "opcao_invalida")
        field, nullable = resolve(model, path)
        return Ordering(name, path, not name.startswith("-"), nullable, field)

    def _limit(self, request: Request) -> int:
        raw = request.query_params.get("limite")
        if raw is None:
            return DEFAULT_LIMIT
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 3 and 1 <= int(raw) <= MAX_LIMIT):
            raise _invalid("limite", f"Use um número de 1 a {MAX_LIMIT}.")
        return int(raw)

    def _cursor(self, request: Request, ordering: Ordering, model: type[Model]) -> Cursor | None:
        text = request.query_params.get("cursor")
        if not text:
            return None
        cursor = Cursor.decode(text)
        if cursor.ordering != ordering.name:
            raise _invalid("cursor", "O cursor pertence a outra ordenação.")
        try:
            value = None if cursor.value is None else ordering.field.to_python(cursor.value)
            pk = model._meta.pk.to_python(cursor.pk)
        except (DjangoValidationError, ValueError, TypeError, ArithmeticError):
            raise _invalid("cursor", "O cursor não é válido.") from None
        return Cursor(cursor.ordering, value, pk, cursor.reverse)

    def _link(self, rows: list[Any], index: int, ordering: Ordering, *, reverse: bool) -> str:
        row = rows[index]
        if isinstance(row, dict):
            value, pk = row[ordering.path], row["id"]
        else:
            value, pk = _attribute(row, ordering.path), row.pk
        return Cursor(ordering.name, plain(value), str(pk), reverse).encode()


def resolve(model: type[Model], path: str) -> tuple["Field[Any, Any]", bool]:
    """The model field at the end of `path` and whether the value may be null on the way."""
    nullable = False
    current: Any = model
    field: Any = None
    for part in path.split("__"):
        try:
            field = current._meta.pk if part == "pk" else current._meta.get_field(part)
        except FieldDoesNotExist:
            raise LookupError(f"{model.__name__} has no ordering path {path!r}") from None
        nullable = nullable or field.null
        current = field.related_model
    return field, nullable


def _attribute(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part, None)
    return row
