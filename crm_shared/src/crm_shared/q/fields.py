"""Which names an expression may use, and how the values beside them are read. What is not declared does not exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from ..records.models import Record
from .creation import CHANGED, CREATED
from .errors import QError
from .moments import read_day, read_moment

ORDERED = ("maior", "maior_igual", "menor", "menor_igual", "entre")
EMPTY = "vazio"
MAX_VALUES = 100


@dataclass(frozen=True)
class Written:
    """A value as it stands in the text."""

    text: str
    quoted: bool
    at: int


@dataclass(frozen=True)
class Field:
    """`path` is the ORM's; `read` gives the plain value of a text or raises ValueError; `expected` tells people what it takes.

    `blank`: the column holds "" for nothing. `resolve`: from names that people use to the ids that they mean.
    `elsewhere`: for values that are not in a column of the row; the condition that one of the row's values is within all of
    the (lookup, limit)s, or with none of them that there is a value.
    `many`: the column is an array, and the field is of a value when one of its elements is.
    `of_record`: when a record was created or last changed, which says something of its id too.
    """

    path: str
    kind: str
    expected: str
    read: Callable[[str], Any]
    ordered: bool = False
    blank: bool = False
    resolve: Callable[[list[str]], list[str]] | None = None
    many: bool = False
    of_record: bool = False
    elsewhere: "Callable[[list[tuple[str, Any]]], Q] | None" = None

    def condition(self, op: str, values: list[Written], at: int) -> dict[str, Any]:
        """`op` and `valor` of a node about this field, written at `at`. Raises QError."""
        if op in ORDERED and not self.ordered:
            raise QError("q_operador", "Este campo não tem ordem: escreva campo:valor.", at)
        if op == "em" and [value.text for value in values if not value.quoted] == [EMPTY] and len(values) == 1:
            return {"op": EMPTY, "valor": None}
        if len(values) > MAX_VALUES:
            raise QError("q_longa", f"Use até {MAX_VALUES} valores.", at)
        plain = [self._plain(value) for value in values]
        return {"op": op, "valor": plain if op in ("em", "entre") else plain[0]}

    def _plain(self, value: Written) -> Any:
        try:
            return self.read(value.text)
        except ValueError:
            raise QError("q_valor", f"Esperava {self.expected}.", value.at) from None


Fields = Mapping[str, Field]


def fields_of(model: type[models.Model], *names: str) -> dict[str, Field]:
    """Fields of `model` by their own names, typed as their columns are; `etapa_id` is the id of a relation."""
    columns = {name: model._meta.get_field(name) for name in names}
    times = (CREATED, CHANGED) if issubclass(model, Record) else ()
    return {name: replace(_of_column(name, column), of_record=name in times) for name, column in columns.items()}


def named(path: str, resolve: Callable[[list[str]], list[str]]) -> Field:
    """A relation to something of which there are few and which people call by name: `etapa:proposta`."""
    return Field(path, "uuid", "um nome", text, resolve=resolve)


def field_of_kind(name: str, kind: str) -> Field:
    """A field of something that is no model: texto, uuid, numero, inteiro, booleano, data or instante."""
    if kind == "uuid":
        return _uuid(name)
    column = {"numero": models.DecimalField, "inteiro": models.IntegerField, "booleano": models.BooleanField}.get(kind)
    column = column or {"data": models.DateField, "instante": models.DateTimeField}.get(kind)
    make = dict(_KINDS).get(column) if column else None
    return make(name) if make else Field(name, "texto", "um texto", text, blank=True)


def _uuid(path: str) -> Field:
    return Field(path, "uuid", "um id (UUID)", lambda text: str(UUID(text)))


def of_type(column: type[Any], path: str = "") -> Field:
    """As a column of this type is read."""
    return next((make(path) for kinds, make in _KINDS if issubclass(column, kinds)), Field(path, "texto", "um texto", text))


def _of_column(path: str, column: Any) -> Field:
    if column.is_relation or isinstance(column, models.UUIDField):
        return _uuid(path)
    if column.choices:
        return _choice(path, [str(value) for value, _label in column.flatchoices], blank=column.blank)
    for kinds, make in _KINDS:
        if isinstance(column, kinds):
            return make(path)
    return Field(path, "texto", "um texto", text, blank=not column.null)


def _choice(path: str, values: list[str], *, blank: bool) -> Field:
    def read(text: str) -> str:
        return text if text in values else _refuse()

    return Field(path, "opcao", f"um de: {', '.join(filter(None, values))}", read, blank=blank)


def text(written: str) -> str:
    return written if written.isprintable() and len(written) <= 300 else _refuse()


def _boolean(text: str) -> bool:
    known = {"sim": True, "true": True, "não": False, "nao": False, "false": False}
    return known[text.lower()] if text.lower() in known else bool(_refuse())


def _number(text: str) -> str:
    """A decimal's digits; bounded, because a store's number is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _refuse()
    if not number.is_finite() or abs(number.adjusted()) > 15 or len(number.as_tuple().digits) > 18:
        return _refuse()
    return format(number, "f")


def _integer(text: str) -> str:
    return _number(text) if text.removeprefix("-").isdecimal() and len(text) <= 10 and abs(int(text)) < 2**31 else _refuse()


def _refuse() -> str:
    raise ValueError


_DAY = "uma data como 2026-01-31, ou hoje-7d"
_KINDS: list[tuple[type[Any], Callable[[str], Field]]] = [
    (models.BooleanField, lambda path: Field(path, "booleano", "sim ou não", _boolean)),
    (
        models.DateTimeField,
        lambda path: Field(path, "instante", f"{_DAY}, agora-2h ou um instante ISO 8601 entre aspas", read_moment, True),
    ),
    (models.DateField, lambda path: Field(path, "data", _DAY, read_day, True)),
    (models.DecimalField, lambda path: Field(path, "numero", "um número como 1000 ou 99.90", _number, True)),
    (models.IntegerField, lambda path: Field(path, "numero", "um número inteiro", _integer, True)),
]
