"""`GET /gateway/busca?q=`: every service's own `busca`, asked at once with the caller's token, within one deadline.

What a service does not say in time, or the caller may not ask, is named in `indisponiveis`: an answer in parts is an answer.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from crm_shared.auth.claims import Claims
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.search import search_terms, search_text
from gateway.access import Outcome
from gateway.body import RequestBody
from gateway.breaker import Breaker
from gateway.forward import Forwarder
from gateway.headers import Headers, RequestHeaders, towards_service
from gateway.kinds import KINDS, RECURSOS, Kind
from gateway.metrics import failures
from gateway.problems import RETRY_AFTER, Receive, Refusal, Scope, Send, bad_request, not_authenticated, send_refusal
from gateway.routes import check
from gateway.trace import Trace
from gateway.upstream import UpstreamClient, UpstreamError, UpstreamRequest, UpstreamResponse

PATH = b"/gateway/busca"
DEADLINE = 2.0  # seconds for all services together
DEFAULT_LIMIT, MAX_LIMIT = 5, 25
MAX_BYTES = 512 * 1024  # of one service's answer
_PASSED = frozenset(
    (b"authorization", b"accept-language", b"traceparent", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-request-id")
)
_BY_STATUS = {403: "escopo_ausente", 429: "muitas_requisicoes", 502: "fora_do_ar", 503: "fora_do_ar", 504: "tempo_esgotado"}
MOTIVES = [*dict.fromkeys(_BY_STATUS.values()), "resposta_invalida"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, how many of each kind at most, and in which kinds."""

    q: str
    limite: int
    kinds: tuple[Kind, ...]

    @classmethod
    def read(cls, query: bytes) -> "Question":
        """Raises Refusal 400."""
        try:
            given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        except ValueError:
            raise bad_request("requisicao_invalida", "Os parâmetros não puderam ser lidos.") from None
        named = dict(given)
        for name in named:
            if name not in ("q", "limite", "recursos"):
                raise _invalid(name[:40], "parametro_desconhecido", "Parâmetro desconhecido.")
        if len(named) < len(given):
            raise _invalid("q", "parametro_repetido", "Parâmetro repetido.")
        return cls(_text(named.get("q", "")), _limit(named.get("limite", str(DEFAULT_LIMIT))), _kinds(named.get("recursos")))


def _text(q: str) -> str:
    if not q.strip():
        raise _invalid("q", "obrigatorio", "Informe o que buscar.")
    try:
        search_terms(q)
    except IdentityError as error:
        raise _invalid("q", error.code, str(error)) from None
    return q


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= MAX_LIMIT):
        raise _invalid("limite", "invalido", f"Use um número de 1 a {MAX_LIMIT}.")
    return int(text)


def _kinds(text: str | None) -> tuple[Kind, ...]:
    if text is None:
        return KINDS
    wanted = text.split(",")
    if any(name not in RECURSOS for name in wanted):
        raise _invalid("recursos", "opcao_invalida", f"Use: {', '.join(RECURSOS)}.")
    return tuple(kind for kind in KINDS if kind.recurso in wanted)


def _invalid(campo: str, codigo: str, message: str) -> Refusal:
    return Refusal(400, "dados_invalidos", "Há campos com erro.", erros=[{"campo": campo, "codigo": codigo, "mensagem": message}])


class Unavailable(Exception):
    """A kind that cannot be had now; the argument says why."""


class Searcher:
    """`services`: name -> origin. Belongs to one event loop."""

    def __init__(
        self, services: Mapping[str, str], forwarder: Forwarder, client: UpstreamClient, breakers: Mapping[str, Breaker], *, deadline: float
    ) -> None:
        self._services, self._forwarder, self._client, self._breakers = services, forwarder, client, breakers
        self._deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        outcome.servico = "busca"
        try:
            answer = orjson.dumps(await self._answer(scope, headers, trace))
            outcome.status = 200
            fields = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(answer)).encode()),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
                *trace.headers(),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer})
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
        if not headers.expects_continue:
            await body.discard()

    async def _answer(self, scope: Scope, headers: RequestHeaders, trace: Trace) -> dict[str, Any]:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refusal(405, "metodo_nao_permitido", "Este método não é aceito.", ("Allow", "GET, HEAD"))
        check(scope["raw_path"], scope["query_string"])
        headers.check()
        claims = await self._forwarder.authenticate(headers)
        question = Question.read(scope["query_string"])
        peer = (scope.get("client") or ("",))[0]
        fields = [item for item in towards_service(headers, trace, peer, with_token=True) if item[0] in _PASSED]
        fields += [(b"accept", b"application/json"), (b"accept-encoding", b"identity")]
        found = await asyncio.gather(*(self._of_kind(kind, question, claims, fields) for kind in question.kinds), return_exceptions=True)
        return _merged(question, found)

    async def _of_kind(self, kind: Kind, question: Question, claims: Claims, fields: Headers) -> list[dict[str, Any]]:
        """What was found. Raises Unavailable, or Refusal when the service does not take the token."""
        if kind.scope not in claims.scopes:
            raise Unavailable("escopo_ausente")
        query = urlencode({"busca": question.q, "limite": question.limite, "campos": kind.fields})
        request = UpstreamRequest("GET", f"{self._services[kind.servico]}{kind.path}?{query}", fields)
        try:
            async with asyncio.timeout(self._deadline):
                status, answer = await self._ask(kind.servico, request)
        except TimeoutError:
            raise Unavailable("tempo_esgotado") from None
        if status == 401:
            raise not_authenticated("token_invalido")
        if status != 200:
            raise Unavailable(_BY_STATUS.get(status, "resposta_invalida"))
        return _rows(kind, answer)

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
            return response.status, await _read(response)
        finally:
            await response.close()


async def _read(response: UpstreamResponse) -> bytes:
    answer = bytearray()
    try:
        async for chunk in response.chunks():
            answer += chunk
            if len(answer) > MAX_BYTES:
                raise Unavailable("resposta_invalida")
    except UpstreamError:
        raise Unavailable("resposta_invalida") from None
    return bytes(answer)


def _rows(kind: Kind, answer: bytes) -> list[dict[str, Any]]:
    try:
        return [kind.shown(row) for row in orjson.loads(answer)["resultados"]]
    except (ValueError, KeyError, TypeError):
        raise Unavailable("resposta_invalida") from None


def _merged(question: Question, found: Iterable[Any]) -> dict[str, Any]:
    """Raises the Refusal of a service that does not take the token, and one when nothing at all could be asked."""
    rows: list[dict[str, Any]] = []
    missing: list[dict[str, str]] = []
    answered = False
    for kind, item in zip(question.kinds, found, strict=True):
        if isinstance(item, Unavailable):
            missing.append({"servico": kind.servico, "recurso": kind.recurso, "motivo": str(item)})
        elif isinstance(item, BaseException):
            raise item
        else:
            answered = True
            rows += item
    if not answered:
        raise _nothing({item["motivo"] for item in missing})
    return {"resultados": sorted(rows, key=lambda row: _distance(question.q, row["titulo"])), "indisponiveis": missing}


def _nothing(motives: set[str]) -> Refusal:
    if motives == {"escopo_ausente"}:
        return Refusal(403, "escopo_ausente", "Seu papel não inclui a leitura de nada do que se busca.")
    return Refusal(503, "servico_indisponivel", "Nenhum serviço respondeu. Tente de novo em instantes.", RETRY_AFTER)


def _distance(q: str, titulo: str) -> int:
    """What is called just so comes first, then what begins so; the rest stays as the services order it."""
    wanted, called = search_text(q).strip(), search_text(titulo).strip()
    return 0 if called == wanted else 1 if called.startswith(wanted) else 2
