"""The golden JSON Schema of each event type: `python tests/contracts/golden.py --update` after a contract changed.

A change that would break a reader is not written. It is a new event type; where nobody has read the old one yet, delete
its golden file first, so that the diff shows it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from crm_shared.events.contracts import CONTRACTS, Contract
from crm_shared.events.contracts.base import is_personal

FOLDER = Path(__file__).parent / "golden"
PARTS = ("dados", "pessoais")
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}

Schema = dict[str, Any]


def path_of(tipo: str) -> Path:
    return FOLDER / f"{tipo}.json"


def stored(tipo: str) -> Schema:
    schema: Schema = json.loads(path_of(tipo).read_text())
    return schema


def schema_of(contract: type[Contract]) -> Schema:
    """What `data` of an event of this type looks like. Fields with a default are not required: older events lack them."""
    types = get_type_hints(contract)
    parts = {part: {"type": "object", "properties": {}, "required": []} for part in PARTS}
    for item in fields(contract):
        part: Schema = parts["pessoais" if is_personal(item) else "dados"]
        part["properties"][item.name] = type_schema(types[item.name])
        if not has_default(item):
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


def has_default(item: "Field[Any]") -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING


def breaks(old: Schema, new: Schema) -> Iterator[str]:
    """Why a reader of one of the two schemas could not read events of the other."""
    for part in PARTS:
        before, after = old["properties"][part], new["properties"][part]
        for name, schema in before["properties"].items():
            if name not in after["properties"]:
                yield f"{part}.{name} is gone"
            elif after["properties"][name] != schema:
                yield f"{part}.{name} has another type"
        for name in after["required"]:
            if name not in before["required"]:
                yield f"{part}.{name} needs a default: events written before it lack it"


def update() -> int:
    FOLDER.mkdir(exist_ok=True)
    refused = 0
    for tipo, contract in CONTRACTS.items():
        new = schema_of(contract)
        reasons = list(breaks(stored(tipo), new)) if path_of(tipo).exists() else []
        refused += len(reasons)
        for reason in reasons:
            sys.stderr.write(f"{tipo}: {reason}\n")
        if not reasons:
            path_of(tipo).write_text(json.dumps(new, indent=2) + "\n")
    for path in FOLDER.glob("*.json"):
        if path.stem not in CONTRACTS:
            sys.stderr.write(f"{path.stem}: no such event any more; delete {path.name} if nobody has read it\n")
            refused += 1
    return 1 if refused else 0


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("usage: python tests/contracts/golden.py --update")
    sys.exit(update())
