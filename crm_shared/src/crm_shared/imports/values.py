"""Cells as people fill them in, to the values that a serializer's field takes: the field still validates what comes out."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from rest_framework import serializers

from ..identity.errors import IdentityError
from ..identity.money import parse_brl
from ..identity.search import search_text
from ..tables.writing import unsafe

Read = Callable[[str], Any]
MAX_CELL = 20_000  # characters

_DOTTED = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,10}")
_AMERICAN = re.compile(r"-?(?:R\$|\$|US\$)? ?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,10}")
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})(?:[ T]+(.*))?", re.DOTALL)
_ISO_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:[ T]+(.*))?", re.DOTALL)
_TIME = re.compile(r"([0-9]{1,2})[:h]([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?")
_OFFSET = re.compile(r".*(?:Z|[+-][0-9]{2}:?[0-9]{2})", re.DOTALL)
_YES = frozenset({"sim", "s", "x", "1", "true", "verdadeiro", "v", "yes", "y", "ok"})
_NO = frozenset({"nao", "n", "0", "false", "falso", "f", "no", "-"})


class BadCell(Exception):
    """`code` is stable, `message` pt-BR."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message


def cell_text(cell: str) -> str:
    """What is in the cell, without the blanks around it and the apostrophe by which exports keep formulas texts."""
    if len(cell) > MAX_CELL:
        raise BadCell("muito_longo", f"A célula passa de {MAX_CELL} caracteres.")
    return unsafe(cell.strip(" \t\r\n\u00a0\ufeff"))


def reader_of(field: Any, synonyms: Mapping[str, str] | None = None) -> Read:
    """How a cell that is not empty is read for `field`; raises BadCell. `synonyms`: further words for a choice."""
    if isinstance(field, serializers.ListField):
        one = reader_of(field.child, synonyms)
        return lambda text: [one(part) for part in listed(text)]
    if isinstance(field, serializers.ChoiceField):
        return _choices(field, synonyms or {})
    for kind, read in _KINDS:
        if isinstance(field, kind):
            return read
    return str


def folded(text: str) -> str:
    """As choices and headers are compared: no accents, no case, no punctuation."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", search_text(text)).split())


def listed(text: str) -> list[str]:
    """Several values in one cell."""
    return [part for piece in re.split(r"[;,|\n]", text) if (part := piece.strip())]


def _choices(field: serializers.ChoiceField, synonyms: Mapping[str, str]) -> Read:
    known = {folded(str(word)): value for word, value in synonyms.items()}
    for value, label in field.choices.items():
        known |= {folded(str(label)): value, folded(str(value)): value}

    def read(text: str) -> Any:
        return known.get(folded(text), text)  # the field's own error tells what it takes

    return read


def read_decimal(text: str) -> str:
    """`R$ 1.234,56`, `1234,5`, `1234.56` and `1,234.56`; a dot before exactly three digits groups thousands, as here it does."""
    try:
        return format(parse_brl(text), "f")
    except IdentityError as error:
        if _DOTTED.fullmatch(text):
            return text
        if _AMERICAN.fullmatch(text):
            return re.sub(r"[^0-9.-]", "", text)
        raise BadCell(error.code, error.message) from None


def read_integer(text: str) -> int:
    number = Decimal(read_decimal(text))
    if number != number.to_integral_value() or abs(number) > 2**63:
        raise BadCell("invalido", "Informe um número inteiro.")
    return int(number)


def read_boolean(text: str) -> bool:
    word = folded(text) or text
    if word not in _YES | _NO:
        raise BadCell("invalido", "Informe sim ou não.")
    return word in _YES


def read_date(text: str) -> str:
    return _day(text)[0].isoformat()


def read_instant(text: str) -> str:
    """Without an offset it is the company's own time; without a time, the start of the day."""
    if _OFFSET.fullmatch(text) and "T" in text.upper() and not _DAY.match(text):
        return text
    day, rest = _day(text)
    hour = _TIME.fullmatch(rest) if rest else None
    if rest and not hour:
        raise BadCell("data_invalida", "Informe a hora como 14:30.")
    try:
        hours, minutes, seconds = [int(part or 0) for part in hour.groups()] if hour else (0, 0, 0)
        moment = datetime.combine(day, time(hours, minutes, seconds), ZoneInfo(settings.REPORT_TIME_ZONE))
    except ValueError:
        raise BadCell("data_invalida", "Esta hora não existe.") from None
    return moment.isoformat()


def _day(text: str) -> tuple[date, str]:
    """The day, and what stands after it."""
    if found := _ISO_DAY.fullmatch(text):
        year, month, day, rest = found.groups()
    elif found := _DAY.fullmatch(text):
        day, month, year, rest = found.groups()
    else:
        raise BadCell("data_invalida", "Informe a data como 31/12/2026.")
    if len(year) == 2:
        year = f"{'19' if int(year) > 50 else '20'}{year}"
    try:
        return date(int(year), int(month), int(day)), (rest or "").strip()
    except ValueError:
        raise BadCell("data_invalida", "Esta data não existe.") from None


_KINDS: list[tuple[type[Any], Read]] = [
    (serializers.BooleanField, read_boolean),
    (serializers.IntegerField, read_integer),
    (serializers.DecimalField, read_decimal),
    (serializers.DateTimeField, read_instant),
    (serializers.DateField, read_date),
]
