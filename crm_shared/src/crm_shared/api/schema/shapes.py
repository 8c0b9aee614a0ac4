"""Where drf-spectacular says less, or something else, than our serializers do."""

from typing import Any

from rest_framework import serializers

from ...auth.restrictable import optional_names
from ..serializers import RecordSerializer, StrictSerializer


def complete(schema: dict[str, Any], serializer: Any, direction: str) -> dict[str, Any]:
    """The schema of a whole serializer: answers hold every field, requests no other. Docstrings are for us."""
    schema.pop("description", None)
    if direction == "response" and isinstance(serializer, serializers.ModelSerializer):
        schema["required"] = sorted(schema.get("properties", {}).keys() - _hideable(serializer))
    if direction == "request" and isinstance(serializer, StrictSerializer):
        schema["additionalProperties"] = False
    return schema


def _hideable(serializer: Any) -> frozenset[str]:
    """What the rules of a role may take out of a record."""
    return optional_names() if isinstance(serializer, RecordSerializer) else frozenset()


def of_field(schema: dict[str, Any], field: Any, direction: str) -> dict[str, Any]:
    if isinstance(field, serializers.DecimalField):
        return _decimal(schema, field, direction)
    if isinstance(field, serializers.ChoiceField) and field.read_only and _may_be_blank(field):
        return schema | {"enum": [*schema["enum"], ""]}
    if isinstance(field, serializers.ListSerializer):
        limits = {"minItems": getattr(field, "min_length", None), "maxItems": getattr(field, "max_length", None)}
        return schema | {name: value for name, value in limits.items() if value}
    return schema


def _may_be_blank(field: Any) -> bool:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    return model is not None and "." not in field.source and model._meta.get_field(field.source).blank


def _decimal(schema: dict[str, Any], field: serializers.DecimalField, direction: str) -> dict[str, Any]:
    """A string with a dot, exact; requests may also send a JSON number. No `format: decimal`, which validators do not know."""
    nullable = "null" in schema.get("type", ())
    negative = field.min_value is None or field.min_value < 0
    whole = (field.max_digits or 20) - (field.decimal_places or 0)
    places = rf"(\.\d{{1,{field.decimal_places}}})?" if field.decimal_places else ""
    types = ["string"] + ["number"] * (direction == "request") + ["null"] * nullable
    described = {key: value for key, value in schema.items() if key in ("title", "description", "readOnly", "writeOnly", "default")}
    shape: dict[str, Any] = {
        "type": types if len(types) > 1 else "string",
        "pattern": rf"^{'-?' if negative else ''}\d{{1,{whole}}}{places}$",
    }
    if direction == "request":
        shape["maximum"] = 10**whole - 1
        shape["minimum"] = -shape["maximum"] if negative else float(field.min_value or 0)
    return {**shape, **described}
