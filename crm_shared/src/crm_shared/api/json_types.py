"""A member's JSON type is part of the contract: DRF would take 7 for the text "7", "yes" for true and "３" for 3."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def wrong_types(fields: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The members of `data` that are not of the type of their field, with their errors; null is the fields' own matter."""
    return {name: errors for name, value in data.items() if name in fields and (errors := list(_errors(fields[name], value)))}


def _errors(field: Any, value: Any) -> Iterator[ErrorDetail]:
    if not isinstance(value, str | int | float | list | dict):  # null; and the admin hands over dates and decimals
        return
    if type(field) is serializers.ListField and isinstance(value, list):
        yield from (error for item in value for error in _errors(field.child, item))
        return
    wanted = _wanted(field, value)
    if wanted:
        yield ErrorDetail(f"Envie {wanted}.", code="invalid")


def _wanted(field: Any, value: Any) -> str:
    """What the field asks for and `value` is not; empty when it is, or when the field itself is strict enough."""
    if isinstance(field, serializers.BooleanField):
        return "" if isinstance(value, bool) else "true ou false"
    if isinstance(field, serializers.IntegerField):
        return "" if type(value) is int else "um número inteiro"
    if isinstance(field, serializers.DecimalField):
        return "" if _is_decimal(value) else "um número decimal com ponto"
    if isinstance(field, serializers.UUIDField):
        return "" if isinstance(value, str) and _UUID.fullmatch(value) else "um UUID"
    if isinstance(field, serializers.CharField | serializers.ChoiceField | serializers.DateField | serializers.DateTimeField):
        return "" if isinstance(value, str) else "um texto"
    return ""


def _is_decimal(value: Any) -> bool:
    if isinstance(value, str):
        return _DECIMAL.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
