"""The AsyncAPI 3 document of all events, made from the contracts: what docs/events.md says, for tools. Needs no settings."""

import inspect
from functools import cache
from itertools import groupby
from typing import Any

from .contracts import CONTRACTS, Contract
from .schemas import PARTS, Schema, schema_of

_TEXT: Schema = {"type": "string"}
_CHANGE: Schema = {"type": "object", "properties": {"campo": _TEXT, "de": {}, "para": {}}, "required": ["campo"]}
ENVELOPE: Schema = {
    "type": "object",
    "description": "One CloudEvents 1.0 document. `versao`, `rastro`, `causa` and `ator` are extensions; docs/events.md explains them.",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "A consumer acts once per id."},
        "source": {"type": "string", "description": "/<servico>"},
        "type": _TEXT,
        "subject": {"type": "string", "format": "uuid", "description": "Id of the record."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": _TEXT,
        "versao": {"type": "integer", "minimum": 1},
        "rastro": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "causa": {"type": "string", "description": "Id of the event that caused this one, or empty."},
        "ator": _TEXT,
        "recontado": {"type": "boolean"},
        "data": {
            "type": "object",
            "properties": {**{part: {"type": "object"} for part in PARTS}, "mudancas": {"type": "array", "items": _CHANGE}},
            "required": [*PARTS, "mudancas"],
        },
    },
    "required": ["specversion", "id", "source", "type", "subject", "time", "versao", "rastro", "causa", "ator", "data"],
}
_ABOUT = """Every event of the CRM. Each service publishes on one Redis stream, `ev:<servico>`, at least once and in order per record; the
field `evento` of an entry is the document. Clients outside read the same documents by `GET /gateway/<servico>/eventos` and by webhooks."""


@cache
def document() -> dict[str, Any]:
    by_service = {name: list(found) for name, found in groupby(CONTRACTS.values(), lambda contract: contract.TIPO.split(".")[0])}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "CRM", "version": "1", "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {service: _channel(service, found) for service, found in by_service.items()},
        "operations": {f"publicar_{service}": _operation(service, found) for service, found in by_service.items()},
        "components": {
            "messages": {contract.TIPO: _message(contract) for contract in CONTRACTS.values()},
            "schemas": {"evento": ENVELOPE, **{contract.TIPO: _payload(contract) for contract in CONTRACTS.values()}},
        },
    }


def _channel(service: str, found: list[type[Contract]]) -> dict[str, Any]:
    messages = {contract.TIPO: {"$ref": f"#/components/messages/{contract.TIPO}"} for contract in found}
    return {"address": f"ev:{service}", "title": service, "messages": messages}


def _operation(service: str, found: list[type[Contract]]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/{service}/messages/{contract.TIPO}"} for contract in found]
    return {"action": "send", "channel": {"$ref": f"#/channels/{service}"}, "messages": messages}


def _message(contract: type[Contract]) -> dict[str, Any]:
    summary = " ".join((inspect.getdoc(contract) or "").split())
    return {"name": contract.TIPO, "title": contract.TIPO, "summary": summary, "payload": {"$ref": f"#/components/schemas/{contract.TIPO}"}}


def _payload(contract: type[Contract]) -> Schema:
    data = {key: value for key, value in schema_of(contract).items() if key in ("type", "properties", "required")}
    return {"allOf": [{"$ref": "#/components/schemas/evento"}, {"properties": {"type": {"const": contract.TIPO}, "data": data}}]}
