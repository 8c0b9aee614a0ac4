"""Every answer that the gateway gives by itself, as a problem document."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import orjson

from crm_shared.api.problems import CONTENT_TYPE, problem
from gateway.trace import Trace

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Fields = Sequence[tuple[str, str]]  # of an answer

_REASONS = {
    "chave_invalida": "A chave de API não existe, foi revogada, expirou ou não vale deste endereço.",
    "token_expirado": "O token de acesso expirou.",
    "token_revogado": "A sessão deste token terminou, ou o que ele permite mudou.",
}
RETRY_AFTER = ("Retry-After", "2")  # seconds
AUTH_OUT = "O serviço de acesso não respondeu. Tente de novo em instantes."


class Refusal(Exception):
    """Ends a request with this status; `detail` is pt-BR prose for the client."""

    def __init__(self, status: int, codigo: str, detail: str, *headers: tuple[str, str], erros: list[dict[str, str]] | None = None) -> None:
        super().__init__(codigo)
        self.status, self.codigo, self.detail, self.headers, self.erros = status, codigo, detail, headers, erros


def bad_request(codigo: str, detail: str) -> Refusal:
    return Refusal(400, codigo, detail)


def no_route() -> Refusal:
    return Refusal(404, "nao_encontrado", "Este endereço não existe.")


def not_authenticated(codigo: str) -> Refusal:
    """401 with the challenge of RFC 6750: without a token no error is named."""
    if codigo == "token_ausente":
        return Refusal(401, codigo, "Envie o cabeçalho Authorization: Bearer <token>.", ("WWW-Authenticate", "Bearer"))
    detail = _REASONS.get(codigo, "O token de acesso é inválido.")
    return Refusal(401, codigo, detail, ("WWW-Authenticate", 'Bearer error="invalid_token"'))


def auth_unavailable() -> Refusal:
    """Nobody can be told apart now."""
    return Refusal(503, "auth_indisponivel", AUTH_OUT, RETRY_AFTER)


def refusal_document(refusal: Refusal, trace: Trace) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Fields and body of the answer."""
    body = orjson.dumps(problem(refusal.status, refusal.codigo, refusal.detail, erros=refusal.erros, rastro=trace.rastro))
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *((name.lower().encode(), value.encode()) for name, value in refusal.headers),
        *trace.headers(),
    ]
    return headers, body


async def send_refusal(send: Send, refusal: Refusal, trace: Trace) -> None:
    headers, body = refusal_document(refusal, trace)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
