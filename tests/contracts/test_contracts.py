"""Events written before a change can be read after it, and the other way round."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_type_hints

import golden
import jsonschema
import pytest

from crm_shared.events.contracts import CONTRACTS, Contract
from crm_shared.events.contracts.base import is_personal

every_type = pytest.mark.parametrize("tipo", sorted(CONTRACTS))
STALE = "run: python tests/contracts/golden.py --update"


def test_every_event_has_a_golden_schema_and_no_other_has() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.json")} == set(CONTRACTS), STALE


def test_types_are_named_alike() -> None:
    services = ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
    pattern = rf"({'|'.join(services)})\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*"
    assert [tipo for tipo in CONTRACTS if not re.fullmatch(pattern, tipo)] == []


@every_type
def test_a_contract_keeps_its_promises(tipo: str) -> None:
    assert list(golden.breaks(golden.stored(tipo), golden.schema_of(CONTRACTS[tipo]))) == []


@every_type
def test_the_golden_schema_is_up_to_date(tipo: str) -> None:
    assert golden.stored(tipo) == golden.schema_of(CONTRACTS[tipo]), STALE


@every_type
def test_an_old_event_can_be_read(tipo: str) -> None:
    """Only what the golden schema requires is there, and a member that nobody knows."""
    parts = golden.stored(tipo)["properties"]
    old = {part: {name: sample(parts[part]["properties"][name]) for name in parts[part]["required"]} for part in golden.PARTS}
    event = CONTRACTS[tipo].read({**old["dados"], "campo_de_outra_versao": 1}, old["pessoais"])
    for part in golden.PARTS:
        assert {name: getattr(event, name) for name in old[part]} == old[part]


@every_type
def test_a_new_event_can_be_read_by_old_code(tipo: str) -> None:
    validator = jsonschema.Draft202012Validator(golden.stored(tipo))
    for event in written(CONTRACTS[tipo]):
        dados, pessoais = event.split()
        validator.validate({"dados": dados, "mudancas": [], "pessoais": pessoais})


@every_type
def test_personal_fields_travel_apart(tipo: str) -> None:
    contract = CONTRACTS[tipo]
    dados, pessoais = next(iter(written(contract))).split()
    personal = {item.name for item in fields(contract) if is_personal(item)}
    assert set(pessoais) == personal
    assert not personal & set(dados)


def sample(schema: golden.Schema) -> Any:
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    examples = {"string": "x", "integer": 7, "number": 1.5, "boolean": True, "null": None, "array": [], "object": {}}
    return examples[schema["type"]] if schema else None


def written(contract: type[Contract]) -> Iterator[Contract]:
    """The event with each field's first type, and with each nullable field empty."""
    schemas = {name: golden.type_schema(kind) for name, kind in get_type_hints(contract).items() if name != "TIPO"}
    full = {name: sample(schema) for name, schema in schemas.items()}
    yield contract(**full)
    nullable = {name: None for name, schema in schemas.items() if {"type": "null"} in schema.get("anyOf", ())}
    yield contract(**{**full, **nullable})
