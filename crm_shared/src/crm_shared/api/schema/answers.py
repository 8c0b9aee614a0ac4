"""What an operation may answer besides its success: the statuses that can come, their documents and their headers.

A view says in `refusals` (action, or method of a plain view, -> statuses) what its own rules add.
"""

from typing import Any

from ..problems import CODES, CONTENT_TYPE, TITLES
from ..simulating import SIMULATED
from ..viewsets import ScopedViewSet

_SOMETIMES = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_CODIGOS = {
    400: "dados_invalidos",
    401: CODES["not_authenticated"],
    403: "escopo_ausente",
    404: CODES["not_found"],
    406: CODES["not_acceptable"],
    409: "duplicado",
    412: "versao_desatualizada",
    413: "corpo_grande_demais",
    415: CODES["unsupported_media_type"],
    422: "regra_recusa",
    429: "muitas_requisicoes",
    500: "erro_interno",
    503: "armazenamento_indisponivel",
}
_DETAILS = {
    400: "Há campos com erro.",
    401: "As credenciais de autenticação não foram fornecidas.",
    403: "Seu papel não inclui a permissão necessária para esta ação.",
    404: "Não encontrado.",
    406: "Não foi possível satisfazer o cabeçalho Accept da requisição.",
    409: "Já existe um registro com este valor.",
    412: "O registro foi alterado por outra pessoa nos mesmos campos.",
    413: "O corpo da requisição é grande demais.",
    415: "Tipo de mídia não aceito.",
    422: "Uma regra recusa a operação.",
    429: "Muitas tentativas. Aguarde e tente de novo.",
    500: "Algo deu errado do nosso lado. Informe o rastro ao suporte.",
    503: "O armazenamento não respondeu a tempo. Tente de novo.",
}
_MEMBERS: dict[int, dict[str, Any]] = {
    400: {"erros": [{"campo": "nome", "codigo": "obrigatorio", "mensagem": "Este campo é obrigatório."}]},
    409: {"registro_id": "018f0000-0000-7000-8000-000000000001"},
    412: {"conflitos": [{"campo": "nome", "original": "Ana", "atual": "Ana Maria", "enviado": "Ana Lima"}]},
}
_RASTRO = "4bf92f3577b34da6a3ce929d0e0e4736"

HEADERS: dict[str, dict[str, Any]] = {
    "X-Rastro": {
        "description": "Identificador da requisição nos registros de todos os serviços; informe-o ao suporte.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "ETag": {
        "description": "Versão do registro, para If-Match e If-None-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"v[0-9]+"$'},
    },
    "Location": {
        "description": "Endereço do registro, ou da operação.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "Segundos a esperar antes de tentar de novo.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "Como se identificar (RFC 6750).", "schema": {"type": "string"}},
    SIMULATED: {
        "description": "`true` quando nada foi feito, porque o pedido veio com `simular=true`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Idempotency-Replayed": {
        "description": "`true` quando a resposta é a da primeira requisição com esta Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def header_references(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Rastro", *names)}


def error_codes(view: Any, method: str, path: str) -> list[int]:
    """The statuses from 400 up that this operation can answer."""
    action = getattr(view, "action", None) or method.lower()
    codes = {400, 406, 500} | set(getattr(view, "refusals", {}).get(action, ()))
    if method in ("POST", "PUT", "PATCH"):
        codes |= {413, 415}
    if isinstance(view, ScopedViewSet):
        codes |= _of_viewset(view, action, method, path)
    return sorted(codes)


def _of_viewset(view: ScopedViewSet, action: str, method: str, path: str) -> set[int]:
    codes = {401, 503}
    if view.required_scopes.get(action):
        codes.add(403)
    if "{id}" in path or "{pai_pk}" in path:
        codes.add(404)
    if method in ("POST", "PATCH"):  # a key still running, a key used with another body
        codes |= {409, 422}
    if takes_if_match(view, action, method):
        codes.add(412)
    return codes


def takes_if_match(view: Any, action: str, method: str) -> bool:
    """Every change of a record that was there before, but undeleting it."""
    if not isinstance(view, ScopedViewSet) or method == "GET" or action in view.unversioned:
        return False
    return method != "POST" or (bool(getattr(view, "detail", False)) and action != "restaurar")


def problem_name(code: int) -> str:
    return f"Problema{code}"


def problem_response(code: int) -> dict[str, Any]:
    """A reusable response: all operations answer this status in the same shape."""
    document = {
        "type": f"urn:crm:problema:{_CODIGOS[code]}",
        "title": TITLES[code],
        "status": code,
        "detail": _DETAILS[code],
        "codigo": _CODIGOS[code],
        "erros": [],
        "rastro": _RASTRO,
        **_MEMBERS.get(code, {}),
    }
    media = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {"exemplo": {"value": document}}}
    names = [_SOMETIMES[code]] if code in _SOMETIMES else []
    return {"description": TITLES[code], "headers": header_references(*names), "content": {CONTENT_TYPE: media}}
