"""The AsyncAPI document is one, tells of every event, and its schemas take what is published."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from crm_shared.events.asyncapi import document
from crm_shared.events.contracts import CONTRACTS

OFFICIAL = json.loads(Path(__file__).with_name("asyncapi-3.0.0.json").read_text())


def test_it_is_valid_by_the_official_schema() -> None:
    """By the events of one service: the rest is made alike, and the official schema takes a tenth of a second for each."""
    official, one = jsonschema.Draft7Validator(OFFICIAL), _of_service("empresas")
    official.validate(one)
    assert not official.is_valid({**one, "asyncapi": "2.0.0"})
    assert not official.is_valid({**one, "channels": {"empresas": {"address": 1}}})


def _of_service(service: str) -> dict[str, Any]:
    whole = document()
    named = [tipo for tipo in CONTRACTS if tipo.startswith(f"{service}.")][:4]
    messages = {tipo: whole["channels"][service]["messages"][tipo] for tipo in named}
    operation = {**whole["operations"][f"publicar_{service}"], "messages": whole["operations"][f"publicar_{service}"]["messages"][:4]}
    components = {kind: {name: found[name] for name in ("evento", *named) if name in found} for kind, found in whole["components"].items()}
    return {
        **whole,
        "channels": {service: {**whole["channels"][service], "messages": messages}},
        "operations": {f"publicar_{service}": operation},
        "components": components,
    }


def test_every_event_is_a_message_on_its_services_stream() -> None:
    told = {name for channel in document()["channels"].values() for name in channel["messages"]}
    assert told == set(CONTRACTS)
    assert {channel["address"] for channel in document()["channels"].values()} == {f"ev:{tipo.split('.')[0]}" for tipo in CONTRACTS}
    sent = [message["$ref"] for operation in document()["operations"].values() for message in operation["messages"]]
    assert len(sent) == len(set(sent)) == len(CONTRACTS)


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(document()):
        node: Any = document()
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for item in node.values() for found in _references(item)]
    return []


@pytest.mark.parametrize(("change", "good"), [({}, True), ({"type": "vendas.oportunidade.criada.v1"}, False), ({"versao": "1"}, False)])
def test_a_payload_schema_takes_what_is_published_and_nothing_else(change: dict[str, Any], good: bool) -> None:
    event = {
        "specversion": "1.0",
        "id": "0190b6c8-0000-7000-8000-000000000001",
        "source": "/clientes",
        "type": "clientes.cliente.criado.v1",
        "subject": "0190b6c8-0000-7000-8000-000000000002",
        "time": "2026-11-23T00:00:00Z",
        "versao": 1,
        "rastro": "4bf92f3577b34da6a3ce929d0e0e4736",
        "causa": "",
        "ator": "sistema",
        "data": {
            "dados": {"ciclo_vida": "lead", "origem": "site", "responsavel_id": None, "equipe_id": None},
            "pessoais": dict.fromkeys(_required("pessoais"), ""),
            "mudancas": [],
        },
    }
    schema = {"$ref": "#/components/schemas/clientes.cliente.criado.v1", "components": document()["components"]}
    assert jsonschema.Draft202012Validator(schema).is_valid({**event, **change}) is good


def _required(part: str) -> list[str]:
    data = document()["components"]["schemas"]["clientes.cliente.criado.v1"]["allOf"][1]["properties"]["data"]
    required: list[str] = data["properties"][part]["required"]
    return required
