"""`GET /gateway/rastros/{rastro}` in the merged OpenAPI, which is the gateway's own."""

from typing import Any

from gateway.composite import MOTIVES
from gateway.rastros import FORMATS, SERVICES

ADDRESS = "/gateway/rastros/{rastro}"
TAG = {"name": "rastros", "description": "O que uma requisição causou em todos os serviços."}
_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_TEXT = {"type": "string"}
_STEP = {
    "servico": {"type": "string", "enum": [*SERVICES]},
    "tipo": _TEXT | {"description": "`evento`, `recebido`, `operacao`, `carta_morta`, `execucao`, `saga` ou `entrega`."},
    "id": _TEXT,
    "nome": _TEXT,
    "situacao": _TEXT,
    "em": {"type": "string", "format": "date-time"},
    "causa": _TEXT | {"description": "O evento que levou a este passo."},
    "registro_id": _TEXT,
    "ator": _TEXT,
    "pai": {"type": ["integer", "null"], "description": "Posição, nesta lista, do passo de que este depende."},
    "nivel": {"type": "integer", "minimum": 0, "description": "Profundidade na árvore."},
}
_MISSING = {"servico": _STEP["servico"], "recurso": _TEXT, "motivo": {"type": "string", "enum": MOTIVES}}


def _list(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "required": list(properties), "properties": properties}}


SCHEMAS = {
    "gateway_Rastro": {
        "type": "object",
        "required": ["rastro", "passos", "incompletos", "indisponiveis"],
        "properties": {
            "rastro": _TEXT,
            "passos": _list(_STEP),
            "incompletos": {"type": "array", "items": _STEP["servico"], "description": "Serviços que têm mais passos do que os mostrados."},
            "indisponiveis": _list(_MISSING),
        },
    }
}
_EVENT = "018f0000-0000-7000-8000-000000000001"
_SHARED = {"registro_id": "018f0000-0000-7000-8000-000000000002", "nome": "clientes.cliente.criado.v1"}
_EXAMPLE = {
    "rastro": _TRACE,
    "passos": [
        _SHARED
        | {"servico": "clientes", "tipo": "evento", "id": _EVENT, "situacao": "feito", "em": "2026-11-23T12:00:00.000Z"}
        | {"causa": "", "ator": "018f0000-0000-7000-8000-000000000003", "pai": None, "nivel": 0},
        _SHARED
        | {"servico": "vendas", "tipo": "recebido", "id": _EVENT, "situacao": "feito", "em": "2026-11-23T12:00:00.031Z"}
        | {"registro_id": "", "causa": _EVENT, "ator": "", "pai": 0, "nivel": 1},
    ],
    "incompletos": [],
    "indisponiveis": [],
}


def operation(problems: dict[int, str]) -> dict[str, Any]:
    """`problems`: status -> the name of the response that tells of it."""
    document = {"schema": {"$ref": "#/components/schemas/gateway_Rastro"}, "examples": {"exemplo": {"value": _EXAMPLE}}}
    drawing = {"schema": _TEXT, "examples": {"exemplo": {"value": "+0.000 s  clientes  evento  clientes.cliente.criado.v1  feito\n"}}}
    formato = {"type": "string", "enum": [*FORMATS], "default": FORMATS[0]}
    return {
        "operationId": "rastro",
        "summary": "Ver tudo o que uma requisição causou",
        "description": "Eventos, quem os recebeu, operações, execuções de fluxos, sagas e entregas a webhooks, como árvore: cada passo "
        "antes dos que dele dependem. Para quem pode ver todos os eventos (`eventos:ler`).",
        "tags": [TAG["name"]],
        "security": [{"token": []}],
        "parameters": [
            {
                "name": "rastro",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "description": "O `X-Rastro` da resposta, ou `rastro` de um erro, evento ou histórico.",
            },
            {"name": "formato", "in": "query", "schema": formato, "description": "`texto`: um desenho para ler no terminal."},
        ],
        "responses": {
            "200": {"description": "Os passos.", "content": {"application/json": document, "text/plain": drawing}},
            **{str(code): {"$ref": f"#/components/responses/{name}"} for code, name in problems.items()},
        },
    }
