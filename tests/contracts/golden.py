"""The golden JSON Schema of each event type: `python tests/contracts/golden.py --update` after a contract changed.

A change that would break a reader is not written. It is a new event type; where nobody has read the old one yet, delete
its golden file first, so that the diff shows it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from crm_shared.events.contracts import CONTRACTS
from crm_shared.events.schemas import PARTS, Schema, schema_of, type_schema

__all__ = ["PARTS", "Schema", "schema_of", "type_schema"]

FOLDER = Path(__file__).parent / "golden"


def path_of(tipo: str) -> Path:
    return FOLDER / f"{tipo}.json"


def stored(tipo: str) -> Schema:
    schema: Schema = json.loads(path_of(tipo).read_text())
    return schema


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
