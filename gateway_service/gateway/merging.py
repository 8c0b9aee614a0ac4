"""One OpenAPI document of all services, with the addresses that clients use."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm_shared.api.problems import CONTENT_TYPE, TITLES
from gateway import rastros_docs, search_docs, visao_docs

Document = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_LIMITED = "O limite de 6000 requisições em 60 segundos foi atingido. Tente de novo em 7 segundos."
_OWN = {  # what the gateway itself may answer: codigo and prose
    408: ("corpo_incompleto", "O corpo da requisição não chegou inteiro."),
    429: ("muitas_requisicoes", _LIMITED),
    502: ("servico_indisponivel", "O serviço está fora do ar. Tente de novo em instantes."),
    503: ("servico_indisponivel", "O serviço não pôde ser alcançado. Tente de novo em instantes."),
    504: ("servico_nao_respondeu", "O serviço não respondeu a tempo."),
}
_COMPOSED = {
    400: ("dados_invalidos", "Há campos com erro."),
    401: ("token_ausente", "Envie o cabeçalho Authorization: Bearer <token>."),
    403: ("escopo_ausente", "Seu papel não inclui a leitura de nada do que se pede."),
    404: ("nao_encontrado", "Não há registro com este id, ou você não o vê."),
    429: ("muitas_requisicoes", _LIMITED),
    503: ("servico_indisponivel", "Nenhum serviço respondeu. Tente de novo em instantes."),
}
_RECORD = (400, 401, 403, 404, 429, 503)
_TOO_LONG = {  # refused by the server before there is a request to answer
    "description": "Endereço longo demais: o método e o endereço têm até 4.094 bytes.",
    "content": {"text/plain": {"schema": {"type": "string"}, "examples": {"exemplo": {"value": "Request line is too large"}}}},
}
_LIMITS = {
    "RateLimit-Policy": {"description": "O que se pode fazer em que tempo.", "schema": {"type": "string"}},
    "RateLimit": {"description": "O que resta, e em quantos segundos recomeça.", "schema": {"type": "string"}},
}
_PROSE = """Todos os serviços do CRM num só endereço. Entre por `POST /auth/login` e envie o `access` em
`Authorization: Bearer`. Erros são documentos `application/problem+json` (RFC 9457) com um `codigo` estável."""


def merge(documents: Mapping[str, Document], missing: Iterable[str]) -> Document:
    """`documents`: service -> its own OpenAPI. `missing` are told of in the description."""
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": "CRM", "version": "1", "description": _PROSE},
        "servers": [{"url": "/"}],
        "tags": [],
        "paths": {},
        "components": {"securitySchemes": {}, "schemas": {}, "responses": {**_own_responses(), "gateway_414": _TOO_LONG}},
    }
    _add_own(merged)
    for service, document in documents.items():
        _add(merged, service, document)
    absent = sorted(missing)
    if absent:
        merged["info"]["description"] += f"\n\n**Sem resposta no momento, e por isso ausentes aqui:** {', '.join(absent)}."
        merged["x-servicos-ausentes"] = absent
    return merged


def _add_own(merged: Document) -> None:
    """What the gateway puts together itself."""
    merged["components"]["securitySchemes"]["token"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    named = {code: f"gateway_composto_{code}" for code in _COMPOSED}
    merged["components"]["responses"] |= {named[code]: _problem(code, *told) for code, told in _COMPOSED.items()}
    for part, codes in ((search_docs, (400, 401, 403, 429, 503)), (visao_docs, _RECORD), (rastros_docs, _RECORD)):
        merged["tags"].append(part.TAG)
        merged["components"]["schemas"] |= part.SCHEMAS
        merged["paths"][part.ADDRESS] = {"get": part.operation({code: named[code] for code in codes} | {414: "gateway_414"})}


def _add(merged: Document, service: str, document: Document) -> None:
    document = _renamed(document, service)
    merged["tags"] += document.get("tags", [])
    for path, item in document["paths"].items():
        address = public_path(service, path)
        if address:
            merged["paths"][address] = item
            for operation in (item[method] for method in _METHODS if method in item):
                _adapt(operation, service)
    for kind, named in document.get("components", {}).items():
        known = merged["components"].setdefault(kind, {})
        known |= named if kind == "securitySchemes" else {f"{service}_{name}": value for name, value in named.items()}


def public_path(service: str, path: str) -> str:
    """The gateway's address of a service's path; empty for what it does not forward."""
    first, _, rest = path.lstrip("/").partition("/")
    if first == "publico":
        return f"/publico/{service}/{rest}"
    if rest.split("/", 1)[0] == "interno" or first != service:
        return ""
    return path if service == "auth" else f"/gateway{path}"


def _renamed(node: Any, service: str) -> Any:
    """Every reference to a component, in `$ref` and in the mapping of a discriminator, by the component's new name."""
    if isinstance(node, list):
        return [_renamed(item, service) for item in node]
    if isinstance(node, dict):
        return {key: _renamed(value, service) for key, value in node.items()}
    if isinstance(node, str) and node.startswith("#/components/"):
        _, _, kind, name = node.split("/")
        return f"#/components/{kind}/{service}_{name}"
    return node


def _adapt(operation: dict[str, Any], service: str) -> None:
    if not operation["operationId"].startswith(f"{service}_"):
        operation["operationId"] = f"{service}_{operation['operationId']}"
    own = [414, *(code for code in _OWN if code != 408 or "requestBody" in operation)]
    own = [code for code in own if code != 429 or "429" not in operation["responses"]]  # a service's own is told, ours is like it
    operation["responses"] |= {str(code): {"$ref": f"#/components/responses/gateway_{code}"} for code in own}


def _own_responses() -> dict[str, Any]:
    return {f"gateway_{code}": _problem(code, codigo, detail) for code, (codigo, detail) in _OWN.items()}


def _problem(code: int, codigo: str, detail: str) -> dict[str, Any]:
    members = {"type": "string", "title": "string", "status": "integer", "detail": "string", "codigo": "string", "rastro": "string"}
    shape = {
        "type": "object",
        "required": [*members, "erros"],
        "properties": {name: {"type": kind} for name, kind in members.items()} | {"erros": {"type": "array", "items": {"type": "object"}}},
    }
    document = {"type": f"urn:crm:problema:{codigo}", "title": TITLES.get(code, "Erro"), "status": code, "detail": detail}
    document |= {"codigo": codigo, "erros": [], "rastro": "4bf92f3577b34da6a3ce929d0e0e4736"}
    media = {"schema": shape, "examples": {"exemplo": {"value": document}}}
    headers = {} if code in (400, 401, 403, 404, 408) else {"Retry-After": {"description": "Segundos.", "schema": {"type": "string"}}}
    headers |= _LIMITS if code == 429 else {}
    return {"description": TITLES.get(code, "Requisição incompleta"), "headers": headers, "content": {CONTENT_TYPE: media}}
