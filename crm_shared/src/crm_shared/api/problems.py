"""RFC 9457 problem documents, the one shape of every error: from DRF, from the domain, from Django itself."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from ..english import told
from ..observability.context import current
from ..observability.logs import get_logger

logger = get_logger("crm.erros")

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: "Requisição inválida",
    401: "Não autenticado",
    403: "Sem permissão",
    404: "Não encontrado",
    405: "Método não permitido",
    406: "Formato de resposta não oferecido",
    409: "Conflito",
    412: "Versão desatualizada",
    413: "Corpo grande demais",
    415: "Formato de corpo não aceito",
    422: "Regra não atendida",
    428: "Condição obrigatória",
    429: "Muitas requisições",
    500: "Erro interno",
    502: "Resposta inválida do serviço",
    503: "Serviço indisponível",
    504: "Serviço não respondeu",
}

# DRF's error codes in the vocabulary of our API
CODES = {
    "required": "obrigatorio",
    "blank": "em_branco",
    "null": "nulo",
    "empty": "vazio",
    "invalid": "invalido",
    "max_length": "muito_longo",
    "min_length": "muito_curto",
    "max_value": "muito_grande",
    "min_value": "muito_pequeno",
    "max_digits": "digitos_demais",
    "max_decimal_places": "decimais_demais",
    "max_whole_digits": "digitos_demais",
    "max_string_length": "muito_longo",
    "invalid_choice": "opcao_invalida",
    "not_a_list": "nao_e_lista",
    "not_a_dict": "nao_e_objeto",
    "does_not_exist": "inexistente",
    "unique": "duplicado",
    "overflow": "fora_do_intervalo",
    "make_aware": "data_inexistente",
    "null_characters_not_allowed": "caractere_invalido",
    "surrogate_characters_not_allowed": "caractere_invalido",
    "not_authenticated": "token_ausente",
    "authentication_failed": "token_invalido",
    "permission_denied": "sem_permissao",
    "not_found": "nao_encontrado",
    "method_not_allowed": "metodo_nao_permitido",
    "not_acceptable": "formato_nao_oferecido",
    "unsupported_media_type": "formato_nao_aceito",
    "throttled": "muitas_requisicoes",
    "parse_error": "corpo_invalido",
    "error": "erro_interno",
}


def problem(status: int, codigo: str, detail: str, *, erros: list[dict[str, str]] | None = None, **extra: Any) -> dict[str, Any]:
    """The members of the document; `erros` holds `{campo, codigo, mensagem}` per field at fault."""
    return {
        "type": f"urn:crm:problema:{codigo}",
        "title": told(TITLES.get(status, "Erro")),
        "status": status,
        "detail": told(detail),
        "codigo": codigo,
        "erros": [{**item, "mensagem": told(item["mensagem"])} for item in erros or []],
        "rastro": current().rastro,
        **extra,
    }


def problem_response(status: int, codigo: str, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> HttpResponse:
    """The document as a plain Django response, for code that runs outside DRF."""
    body = orjson.dumps(problem(status, codigo, detail, **extra))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested ValidationError detail; a nested field reads `meios.0.valor`, an error of no field ``."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            inner_path = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from field_errors(inner, inner_path)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from field_errors(inner, f"{path}.{index}" if nested and path else path)
    else:
        code = getattr(detail, "code", "invalid") or "invalid"
        yield {"campo": path, "codigo": CODES.get(code, code), "mensagem": str(detail)}


# Django's handler400/403/404/500, named by crm_shared.urls


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(400, "requisicao_invalida", "A requisição não pôde ser entendida.")


def permission_denied(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(403, "sem_permissao", "Você não tem permissão para esta ação.")


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(404, "nao_encontrado", "Este endereço não existe.")


def server_error(_request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, and the only one to tell it: django.request is silent (logs.py)."""
    logger.exception("erro inesperado")
    return problem_response(500, "erro_interno", "Algo deu errado do nosso lado. Informe o rastro ao suporte.")
