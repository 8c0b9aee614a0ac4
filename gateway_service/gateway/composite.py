"""Answers that the gateway puts together itself: services asked at once with the caller's token, within one deadline.

What a service does not say in time, or the caller may not ask, is named in `indisponiveis`: an answer in parts is an answer.
"""

import asyncio
from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from crm_shared.auth.claims import Claims
from gateway.access import Outcome
from gateway.body import RequestBody
from gateway.breaker import Breaker
from gateway.forward import Forwarder
from gateway.headers import Headers, RequestHeaders, towards_service
from gateway.metrics import failures
from gateway.peers import peer_of
from gateway.problems import RETRY_AFTER, Receive, Refusal, Scope, Send, bad_request, not_authenticated, send_refusal
from gateway.routes import check
from gateway.trace import Trace
from gateway.upstream import UpstreamClient, UpstreamError, UpstreamRequest

DEADLINE = 2.0  # seconds for all services together
MAX_BYTES = 512 * 1024  # of one service's answer
_PASSED = (b"authorization", b"accept-language")
_BY_STATUS = {
    400: "campo_restrito",
    403: "escopo_ausente",
    429: "muitas_requisicoes",
    502: "fora_do_ar",
    503: "fora_do_ar",
    504: "tempo_esgotado",
}
MOTIVES = [*dict.fromkeys(_BY_STATUS.values()), "resposta_invalida"]


class Unavailable(Exception):
    """A part that cannot be had now; the argument says why, one of MOTIVES."""


class Absent(Exception):
    """The service says that there is no such record, or none that the caller sees."""


class Services:
    """`origins`: name -> origin. Belongs to one event loop."""

    def __init__(self, origins: Mapping[str, str], client: UpstreamClient, breakers: Mapping[str, Breaker], *, deadline: float) -> None:
        self._origins, self._client, self._breakers, self._deadline = origins, client, breakers, deadline

    async def ask(self, servico: str, target: str, head: bytes) -> Any:
        """The JSON that the service answers to a GET. Raises Unavailable, Absent, or Refusal when it does not take the token."""
        try:
            async with asyncio.timeout(self._deadline):
                status, answer = await self._ask(servico, UpstreamRequest("GET", self._origins[servico], target, head))
        except TimeoutError:
            raise Unavailable("tempo_esgotado") from None
        if status == 401:
            raise not_authenticated("token_invalido")
        if status == 404:
            raise Absent
        if status != 200:
            raise Unavailable(_BY_STATUS.get(status, "resposta_invalida"))
        try:
            return orjson.loads(answer)
        except ValueError:
            raise Unavailable("resposta_invalida") from None

    async def _ask(self, servico: str, request: UpstreamRequest) -> tuple[int, bytes]:
        breaker = self._breakers[servico]
        try:
            probe = breaker.admit()
        except Refusal:
            raise Unavailable("fora_do_ar") from None
        try:
            response = await self._client.send(request)
        except UpstreamError as error:
            breaker.failed(probe=probe)
            failures(servico, type(error).__name__).inc()
            raise Unavailable("fora_do_ar") from None
        except BaseException:  # the deadline, or the client left
            breaker.abandoned(probe=probe)
            raise
        breaker.answered(response.status, probe=probe)
        try:
            return response.status, await response.read(MAX_BYTES)
        except UpstreamError:
            raise Unavailable("resposta_invalida") from None
        finally:
            await response.close()


class Composite:
    """`NAME` stands in the access line where a service does otherwise. `answer` is what is put together."""

    NAME: str

    def __init__(self, services: Services, forwarder: Forwarder) -> None:
        self.services, self._forwarder = services, forwarder

    async def answer(self, scope: Scope, claims: Claims, head: bytes) -> dict[str, Any] | str:
        """The document, or a plain text. The fields in `head` go to each service. Raises Refusal."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        outcome.servico = self.NAME
        try:
            found, limits = await self._answer(scope, headers, trace)
            kind, answer = (
                (b"text/plain; charset=utf-8", found.encode()) if isinstance(found, str) else (b"application/json", orjson.dumps(found))
            )
            outcome.status = 200
            fields = [
                (b"content-type", kind),
                (b"content-length", str(len(answer)).encode()),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
                *trace.headers(),
                *limits,
            ]
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer})
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
        if not headers.expects_continue:
            await body.discard()

    async def _answer(self, scope: Scope, headers: RequestHeaders, trace: Trace) -> tuple[dict[str, Any] | str, Headers]:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refusal(405, "metodo_nao_permitido", "Este método não é aceito.", ("Allow", "GET, HEAD"))
        check(scope["raw_path"], scope["query_string"])
        headers.check()
        claims, limits = await self._forwarder.person(headers)
        head = towards_service(headers, headers.lines_of(_PASSED), trace, peer_of(scope), DEADLINE)
        return await self.answer(scope, claims, head + b"accept: application/json\r\n"), limits


def invalid(campo: str, codigo: str, message: str) -> Refusal:
    return Refusal(400, "dados_invalidos", "Há campos com erro.", erros=[{"campo": campo, "codigo": codigo, "mensagem": message}])


def parameters(query: bytes, known: Container[str]) -> dict[str, str]:
    """Raises Refusal 400 for what cannot be read, is unknown or given twice."""
    try:
        given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise bad_request("requisicao_invalida", "Os parâmetros não puderam ser lidos.") from None
    named = dict(given)
    for name in named:
        if name not in known:
            raise invalid(name[:40], "parametro_desconhecido", "Parâmetro desconhecido.")
    if len(named) < len(given):
        raise invalid(given[-1][0], "parametro_repetido", "Parâmetro repetido.")
    return named


def limit(text: str, at_most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= at_most):
        raise invalid("limite", "invalido", f"Use um número de 1 a {at_most}.")
    return int(text)


def given(servico: str, recurso: str, found: Any, missing: list[dict[str, str]]) -> Any:
    """The part, or None when it is missing. Raises what is no absence: a token that is not taken, a mistake of ours."""
    if isinstance(found, Unavailable):
        missing.append({"servico": servico, "recurso": recurso, "motivo": str(found)})
        return None
    if isinstance(found, BaseException):
        raise found
    return found


def nobody_answered(motives: set[str]) -> Refusal:
    if motives <= {"escopo_ausente", "campo_restrito"}:
        return Refusal(403, "escopo_ausente", "Seu papel não inclui a leitura de nada do que se pede.")
    return Refusal(503, "servico_indisponivel", "Nenhum serviço respondeu. Tente de novo em instantes.", RETRY_AFTER)
