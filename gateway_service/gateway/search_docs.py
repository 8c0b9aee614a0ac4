"""`GET /gateway/busca` in the merged OpenAPI, which is the gateway's own."""

from typing import Any

from crm_shared.identity.text import MAX_LENGTH
from gateway.composite import MOTIVES
from gateway.kinds import KINDS, RECURSOS
from gateway.search import DEFAULT_LIMIT, MAX_LIMIT, PATH

ADDRESS = PATH.decode()
TAG = {"name": "busca", "description": "Uma busca em todos os serviços."}
_SERVICOS = list(dict.fromkeys(kind.servico for kind in KINDS))
_ID = "018f0000-0000-7000-8000-000000000001"


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_WHERE = {"servico": {"type": "string", "enum": _SERVICOS}, "recurso": {"type": "string", "enum": list(RECURSOS)}}
SCHEMAS = {
    "gateway_Achado": _object(
        **_WHERE,
        id={"type": "string", "format": "uuid"},
        titulo={"type": "string"},
        subtitulo={"type": "string", "description": "O que mais se mostra do registro, separado por ponto médio."},
        endereco={"type": "string", "format": "uri-reference", "description": "Onde se lê o registro."},
    ),
    "gateway_Indisponivel": _object(**_WHERE, motivo={"type": "string", "enum": MOTIVES}),
    "gateway_Busca": _object(
        resultados={"type": "array", "items": {"$ref": "#/components/schemas/gateway_Achado"}},
        indisponiveis={"type": "array", "items": {"$ref": "#/components/schemas/gateway_Indisponivel"}},
    ),
}
_EXAMPLE = {
    "resultados": [
        {
            "servico": "clientes",
            "recurso": "clientes",
            "id": _ID,
            "titulo": "Ana Souza",
            "subtitulo": "ana.souza@example.com · +5511987654321",
            "endereco": f"/gateway/clientes/{_ID}",
        }
    ],
    "indisponiveis": [{"servico": "tarefas", "recurso": "tarefas", "motivo": "fora_do_ar"}],
}


def operation(problems: dict[int, str]) -> dict[str, Any]:
    """`problems`: status -> the name of the response that tells of it."""
    answer = {"schema": {"$ref": "#/components/schemas/gateway_Busca"}, "examples": {"exemplo": {"value": _EXAMPLE}}}
    return {
        "operationId": "busca",
        "summary": "Buscar em todos os serviços",
        "description": "Por parte de um nome, sem acentos, ou documento ou telefone em qualquer formato. O que não respondeu a tempo, ou "
        "que o seu papel não lê, está em `indisponiveis`. Só vem o que você pode ver.",
        "tags": [TAG["name"]],
        "security": [{"token": []}],
        "parameters": [
            _parameter("q", {"type": "string", "minLength": 2, "maxLength": MAX_LENGTH}, "O que buscar.", required=True),
            _parameter(
                "limite",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
                "Quantos de cada recurso, no máximo.",
            ),
            _parameter(
                "recursos", {"type": "array", "items": {"type": "string", "enum": list(RECURSOS)}}, "Só nestes, separados por vírgula."
            ),
        ],
        "responses": {
            "200": {"description": "O que foi achado.", "content": {"application/json": answer}},
            **{str(code): {"$ref": f"#/components/responses/{name}"} for code, name in problems.items()},
        },
    }


def _parameter(name: str, schema: dict[str, Any], description: str, *, required: bool = False) -> dict[str, Any]:
    style = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description, **style}
