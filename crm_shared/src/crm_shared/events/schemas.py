"""JSON Schema of the events' contracts. Knows no framework."""

from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .contracts import Contract
from .contracts.base import is_personal

PARTS = ("dados", "pessoais")
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}

Schema = dict[str, Any]


def schema_of(contract: type[Contract]) -> Schema:
    """What `data` of an event of this type looks like. Fields with a default are not required: older events lack them."""
    types = get_type_hints(contract)
    parts = {part: {"type": "object", "properties": {}, "required": []} for part in PARTS}
    for item in fields(contract):
        part: Schema = parts["pessoais" if is_personal(item) else "dados"]
        part["properties"][item.name] = type_schema(types[item.name])
        if not _has_default(item):
            part["required"].append(item.name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.TIPO,
        "type": "object",
        "properties": parts,
        "required": list(PARTS),
    }


def type_schema(annotation: Any) -> Schema:
    if annotation is Any:
        return {}
    if get_origin(annotation) in (Union, UnionType):
        return {"anyOf": [type_schema(part) for part in get_args(annotation)]}
    if get_origin(annotation) is list:
        return {"type": "array", "items": type_schema(get_args(annotation)[0])}
    if get_origin(annotation) is dict:
        return {"type": "object", "additionalProperties": type_schema(get_args(annotation)[1])}
    return {"type": _TYPES[annotation]}


def _has_default(item: "Field[Any]") -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING
