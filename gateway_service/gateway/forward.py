"""One proxied request: check, authenticate, ask the service. The same under both doors, which read requests and write answers.

`fast_lane.py` is the short way for the addresses of services, in front of Django; `proxy.py` is a Django view.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache

from crm_shared.auth.claims import Claims
from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, RevocationsUnknown, TokenVerifier
from gateway.access import Outcome
from gateway.answer_headers import towards_client
from gateway.body import RequestBody
from gateway.breaker import Breaker
from gateway.headers import FORWARDED, Headers, RequestHeaders, towards_service
from gateway.limits import Limit, counted_as
from gateway.metrics import failures
from gateway.peers import peer_of
from gateway.problems import RETRY_AFTER, Refusal, Scope, not_authenticated
from gateway.routes import Route, resolve
from gateway.trace import Trace
from gateway.upstream import (
    Refused,
    TimedOut,
    Unreachable,
    UpstreamClient,
    UpstreamError,
    UpstreamRequest,
    UpstreamResponse,
)

logger = logging.getLogger("crm.gateway")

SAFE = ("GET", "HEAD", "OPTIONS")
_FOR_NOBODY = FORWARDED - {b"authorization"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Answer:
    """A service's answer, ready for the client but for its body, which is read once. Must be closed."""

    __slots__ = ("_response", "_route", "_trace", "headers", "status")

    def __init__(self, response: UpstreamResponse, headers: Headers, route: Route, trace: Trace) -> None:
        self._response, self._route, self._trace = response, route, trace
        self.status, self.headers = response.status, headers

    def whole(self) -> bytes | None:
        """The body when all of it is there already, and nothing is left to close; else None, and it comes by `chunks`."""
        return self._response.whole()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamError when the body breaks off: then the client must not take what it has for the whole."""
        try:
            async for chunk in self._response.chunks():
                yield chunk
        except UpstreamError as error:
            _log(error, self._route, self._trace)
            raise

    async def close(self) -> None:
        await self._response.close()


class Forwarder:
    """`services`: name -> origin, such as http://127.0.0.1:3002. `people`: how many requests each may make."""

    def __init__(
        self, services: Mapping[str, str], verifier: TokenVerifier, client: UpstreamClient, breakers: Mapping[str, Breaker], people: Limit
    ) -> None:
        self._services, self._verifier, self._client, self._breakers, self._people = services, verifier, client, breakers, people
        self._route = lru_cache(maxsize=1024)(lambda raw_path, query: resolve(raw_path, query, services))

    async def forward(self, scope: Scope, headers: RequestHeaders, body: RequestBody, trace: Trace, outcome: Outcome) -> Answer:
        """The head of the service's answer. Raises Refusal when there is none, also by whose fault."""
        route, limits = await self._admit(scope, headers, outcome)
        sent = headers.lines if route.needs_token or route.servico == "auth" else headers.lines_of(_FOR_NOBODY)
        head = towards_service(headers, sent, trace, peer_of(scope), self._client.patience)
        pieces = None if body.done else aiter(body)
        request = UpstreamRequest(scope["method"], self._services[route.servico], route.target, head, pieces, headers.length)
        response = await self._ask(route, request, body, trace)
        outcome.status = response.status
        told = towards_client(response.headers, trace, own=route.own if route.needs_token else b"")
        return Answer(response, told + limits, route, trace)

    async def _admit(self, scope: Scope, headers: RequestHeaders, outcome: Outcome) -> tuple[Route, Headers]:
        """Everything that can be refused without asking a service, and what the answer says about limits. Raises Refusal."""
        if scope["http_version"] != "1.1":
            # An answer without a length ends with the connection in HTTP/1.0: a cut one would look whole.
            raise Refusal(505, "versao_http_nao_aceita", "Use HTTP/1.1.")
        route = self._route(scope["raw_path"], scope["query_string"])
        outcome.servico = route.servico
        if scope["method"] not in METHODS:
            raise Refusal(405, "metodo_nao_permitido", "Este método não é aceito.", ("Allow", ", ".join(METHODS)))
        if headers.preflight:
            raise _no_cors()
        headers.check()
        if not route.needs_token:
            return route, []
        _, limits = await self.person(headers)
        if scope["method"] not in SAFE and not self._verifier.fresh:
            raise _stale()
        return route, limits

    async def person(self, headers: RequestHeaders) -> tuple[Claims, Headers]:
        """Who calls, and what the answer says about their limit. Raises Refusal."""
        claims = await self._authenticate(headers)
        key = counted_as(claims)
        return claims, self._people.told(self._people.take(key) or await self._people.count(key))

    async def _authenticate(self, headers: RequestHeaders) -> Claims:
        token = headers.bearer()
        if not token:
            raise not_authenticated("token_ausente")
        try:
            return await self._verifier.averify(token)
        except InvalidToken as error:
            raise not_authenticated(error.codigo) from None
        except RevocationsUnknown:
            raise Refusal(503, "revogacoes_indisponiveis", _UNHEARD, RETRY_AFTER) from None
        except KeysUnavailable:
            detail = "As chaves de assinatura ainda não foram carregadas. Tente de novo em instantes."
            raise Refusal(503, "chaves_indisponiveis", detail, RETRY_AFTER) from None

    async def _ask(self, route: Route, request: UpstreamRequest, body: RequestBody, trace: Trace) -> UpstreamResponse:
        """The answer's head, or a Refusal that says why there is none; the breaker hears of either."""
        breaker = self._breakers[route.servico]
        probe = breaker.admit()
        try:
            response = await self._client.send(request)
        except UpstreamError as error:
            if body.gone:
                breaker.abandoned(probe=probe)
                raise Refusal(408, "corpo_incompleto", "O corpo da requisição não chegou inteiro.") from None
            breaker.failed(probe=probe)
            failures(route.servico, type(error).__name__).inc()
            _log(error, route, trace)
            raise _refusal_for(error) from None
        except BaseException:  # cancelled: the client left
            breaker.abandoned(probe=probe)
            raise
        breaker.answered(response.status, probe=probe)
        return response


_UNHEARD = "Ainda não se sabe quais sessões terminaram. Tente de novo em instantes."


# Made anew each time: an exception that is raised again keeps the frames of every time before.
def _stale() -> Refusal:
    detail = "Não se sabe há alguns segundos quais sessões terminaram: por ora só se lê. Tente de novo em instantes."
    return Refusal(503, "revogacoes_atrasadas", detail, ("Retry-After", "5"))


def _no_cors() -> Refusal:
    return Refusal(403, "origem_nao_permitida", "Páginas de outra origem não podem chamar este sistema.")


def _invalid_answer() -> Refusal:
    return Refusal(502, "resposta_invalida", "O serviço deu uma resposta que não pôde ser lida.")


def _refusal_for(error: UpstreamError) -> Refusal:
    if isinstance(error, Refused):
        return Refusal(502, "servico_indisponivel", "O serviço está fora do ar. Tente de novo em instantes.", RETRY_AFTER)
    if isinstance(error, Unreachable):
        return Refusal(503, "servico_indisponivel", "O serviço não pôde ser alcançado. Tente de novo em instantes.", RETRY_AFTER)
    if isinstance(error, TimedOut):
        return Refusal(504, "servico_nao_respondeu", "O serviço não respondeu a tempo. Tente de novo em instantes.", RETRY_AFTER)
    return _invalid_answer()


def _log(error: Exception, route: Route, trace: Trace) -> None:
    logger.warning("servico falhou", extra={"servico_chamado": route.servico, "erro": str(error), "rastro": trace.rastro})
