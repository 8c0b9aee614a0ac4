"""`GET /gateway/composto/clientes/{id}/visao-360` in the merged OpenAPI, which is the gateway's own."""

from typing import Any

from gateway.composite import MOTIVES
from gateway.visao import DEFAULT_LIMIT, MAX_LIMIT, PARTS

ADDRESS = "/gateway/composto/clientes/{id}/visao-360"
TAG = {"name": "composto", "description": "Respostas que juntam vários serviços."}
_ID = "018f0000-0000-7000-8000-000000000001"
_RECORD = {"type": "object", "additionalProperties": {}}
_PART = {
    "type": ["object", "null"],
    "description": "Nulo quando está em `indisponiveis`.",
    "required": ["resultados", "mais", "endereco"],
    "properties": {
        "resultados": {"type": "array", "items": _RECORD, "description": "Como na lista do serviço."},
        "mais": {"type": "boolean", "description": "Há mais do que `limite`."},
        "endereco": {"type": "string", "format": "uri-reference", "description": "A lista inteira."},
    },
}
_MISSING = {
    "type": "object",
    "required": ["servico", "recurso", "motivo"],
    "properties": {
        "servico": {"type": "string"},
        "recurso": {"type": "string", "enum": ["clientes", *(part.nome for part in PARTS)]},
        "motivo": {"type": "string", "enum": MOTIVES},
    },
}
_PERSON = {"type": ["object", "null"], "description": "A pessoa, como em `GET /gateway/clientes/{id}`.", "additionalProperties": {}}
SCHEMAS = {
    "gateway_Visao360": {
        "type": "object",
        "required": ["pessoa", *(part.nome for part in PARTS), "indisponiveis"],
        "properties": {
            "pessoa": _PERSON,
            **{part.nome: _PART for part in PARTS},
            "indisponiveis": {"type": "array", "items": _MISSING},
        },
    }
}
_EXAMPLE = {
    "pessoa": {"id": _ID, "nome": "Ana Souza"},
    **{part.nome: {"resultados": [], "mais": False, "endereco": f"/gateway{part.target(_ID)}"} for part in PARTS},
    "tarefas": None,
    "indisponiveis": [{"servico": "tarefas", "recurso": "tarefas", "motivo": "fora_do_ar"}],
}


def operation(problems: dict[int, str]) -> dict[str, Any]:
    """`problems`: status -> the name of the response that tells of it."""
    answer = {"schema": {"$ref": "#/components/schemas/gateway_Visao360"}, "examples": {"exemplo": {"value": _EXAMPLE}}}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return {
        "operationId": "visao_360",
        "summary": "Ver uma pessoa com tudo o que há dela",
        "description": "A pessoa, suas empresas, leads, oportunidades, conversas e tarefas, pedidas a todos os serviços ao mesmo tempo. "
        "O que não respondeu a tempo, ou que o seu papel não lê, está em `indisponiveis`. Só vem o que você pode ver.",
        "tags": [TAG["name"]],
        "security": [{"token": []}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}, "description": "Id da pessoa."},
            {"name": "limite", "in": "query", "schema": limit, "description": "Quantos de cada recurso, no máximo."},
        ],
        "responses": {
            "200": {"description": "O que há da pessoa.", "content": {"application/json": answer}},
            **{str(code): {"$ref": f"#/components/responses/{name}"} for code, name in problems.items()},
        },
    }
