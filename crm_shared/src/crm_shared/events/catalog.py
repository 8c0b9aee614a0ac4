"""docs/events.md, written from the contracts: `python -m crm_shared.events.catalog > docs/events.md`. Needs no settings."""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from itertools import groupby
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .contracts import CONTRACTS, Contract
from .contracts.base import is_personal

_HEAD = """\
# Events

Written by `python -m crm_shared.events.catalog`; a test fails when it is stale. Each type has a golden JSON Schema in
`tests/contracts/golden/`.

A message on the stream `ev:<servico>` is one CloudEvents 1.0 document in JSON:

| member | what |
|---|---|
| `id` | the event; a consumer acts once per id |
| `source` | `/<servico>` |
| `type` | `<servico>.<entidade>.<participio>.v<major>` |
| `subject` | id of the record |
| `time` | when it was recorded, UTC |
| `versao` | version of the record after the change; a consumer skips an older one |
| `rastro` | W3C trace id of the request that caused it |
| `causa` | id of the event that caused this one, or empty |
| `ator` | `sub` of who did it: a user's id, `svc:<servico>` or `sistema` |
| `recontado` | only there, and true, when the message repeats what is long known, to mend copies; it starts nothing |
| `data.dados` | the fields below |
| `data.pessoais` | the fields marked personal, apart, so that they can be masked or erased as one thing |
| `data.mudancas` | `[{campo, de, para}]`; a personal field shows only its name here, its values stand in `data.pessoais.mudancas` |

Ids, decimals, dates and instants are strings. A field with a default may be missing in events written before it was added.
"""
_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null", Any: "any"}


def catalog() -> str:
    return "\n".join([_HEAD, *_services()])


def _services() -> Iterator[str]:
    for service, contracts in groupby(CONTRACTS.values(), lambda contract: contract.TIPO.split(".")[0]):
        yield f"## {service}\n"
        for _, alike in groupby(contracts, _shape):
            yield from _entity(list(alike))


def _shape(contract: type[Contract]) -> tuple[str, str]:
    """What types of one section share: the record that they tell of, and its fields."""
    return contract.agregado(), _table(contract)


def _entity(contracts: list[type[Contract]]) -> Iterator[str]:
    first = contracts[0]
    about = inspect.getdoc(first)
    yield f"### {first.agregado()}\n\n{about}\n"
    for contract in contracts:
        own = inspect.getdoc(contract)
        yield f"- `{contract.TIPO}`" if own == about else f"- `{contract.TIPO}`: {own}"
    yield f"\n{_table(first)}"


def _table(contract: type[Contract]) -> str:
    types = get_type_hints(contract)
    rows = [f"| `{item.name}` | {words(types[item.name])} | {_remark(item)} |" for item in fields(contract)]
    return "\n".join(["| field | type | |", "|---|---|---|", *rows, ""])


def _remark(item: "Field[Any]") -> str:
    remarks = ["personal"] if is_personal(item) else []
    if item.default is not MISSING:
        remarks.append(f"default `{item.default!r}`")
    elif item.default_factory is not MISSING:
        remarks.append(f"default `{item.default_factory()!r}`")
    return ", ".join(remarks)


def words(annotation: Any) -> str:
    """`str | None` as "string or null", `list[str]` as "list of string"."""
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(words(part) for part in get_args(annotation))
    if get_origin(annotation) is list:
        return f"list of {words(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return f"object of {words(get_args(annotation)[1])}"
    return _WORDS[annotation]


if __name__ == "__main__":
    sys.stdout.write(catalog())
