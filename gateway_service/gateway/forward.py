"""One proxied request: check, authenticate, send on, stream back."""

import asyncio
import logging
from collections.abc import Mapping

from crm_shared.auth.claims import Claims
from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from gateway.access import Outcome
from gateway.body import ClientWatch, RequestBody
from gateway.breaker import Breaker
from gateway.headers import RequestHeaders, towards_client, towards_service
from gateway.metrics import failures
from gateway.problems import RETRY_AFTER, Receive, Refusal, Scope, Send, not_authenticated, send_refusal
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

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Forwarder:
    """`services`: name -> origin, such as http://127.0.0.1:3002. `client_timeout`: seconds an answer may wait unread."""

    def __init__(
        self,
        services: Mapping[str, str],
        verifier: TokenVerifier,
        client: UpstreamClient,
        breakers: Mapping[str, Breaker],
        *,
        client_timeout: float,
    ) -> None:
        self._services, self._verifier, self._client, self._breakers = services, verifier, client, breakers
        self._client_timeout = client_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        watch = ClientWatch(receive, body)
        try:
            route = await self._admit(scope, headers, outcome)
            peer = (scope.get("client") or ("",))[0]
            fields = towards_service(headers, trace, peer, with_token=route.needs_token or route.servico == "auth")
            await self._forward(scope["method"], route, fields, body, send, trace, outcome)
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
            if not headers.expects_continue:  # who waits for a 100 has sent nothing
                await body.discard()
        finally:
            watch.stop()

    async def _admit(self, scope: Scope, headers: RequestHeaders, outcome: Outcome) -> Route:
        """Everything that can be refused without asking a service. Raises Refusal."""
        if scope["http_version"] != "1.1":
            # An answer without a length ends with the connection in HTTP/1.0: a cut one would look whole.
            raise Refusal(505, "versao_http_nao_aceita", "Use HTTP/1.1.")
        route = resolve(scope["raw_path"], scope["query_string"], self._services)
        outcome.servico = route.servico
        if scope["method"] not in METHODS:
            raise Refusal(405, "metodo_nao_permitido", "Este método não é aceito.", ("Allow", ", ".join(METHODS)))
        headers.check()
        if route.needs_token:
            await self.authenticate(headers)
        return route

    async def authenticate(self, headers: RequestHeaders) -> Claims:
        """Who calls. Raises Refusal."""
        token = headers.bearer()
        if not token:
            raise not_authenticated("token_ausente")
        try:
            return await self._verifier.averify(token)
        except InvalidToken as error:
            raise not_authenticated(error.codigo) from None
        except KeysUnavailable:
            detail = "As chaves de assinatura ainda não foram carregadas. Tente de novo em instantes."
            raise Refusal(503, "chaves_indisponiveis", detail, RETRY_AFTER) from None

    async def _forward(
        self,
        method: str,
        route: Route,
        fields: list[tuple[str, str]],
        body: RequestBody,
        send: Send,
        trace: Trace,
        outcome: Outcome,
    ) -> None:
        request = UpstreamRequest(method, self._services[route.servico] + route.target, fields, None if body.done else aiter(body))
        response = await self._ask(route, request, body, trace)
        outcome.status = response.status
        try:
            await self._answer(response, send, trace)
        except (UpstreamError, TimeoutError) as error:
            _log(error, route, trace)  # returning without an end makes the server cut the connection: no whole answer
        finally:
            await response.close()
        if not body.done:
            await body.discard()

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

    async def _answer(self, response: UpstreamResponse, send: Send, trace: Trace) -> None:
        headers = towards_client(response.headers, trace)
        if headers is None:
            raise _INVALID_ANSWER
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        whole = response.whole()
        if whole is not None:
            async with asyncio.timeout(self._client_timeout):
                await send({"type": "http.response.body", "body": whole})
            return
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as stall:
            async for chunk in response.chunks():
                stall.reschedule(loop.time() + self._client_timeout)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                stall.reschedule(None)
        await send({"type": "http.response.body", "body": b""})


_INVALID_ANSWER = Refusal(502, "resposta_invalida", "O serviço deu uma resposta que não pôde ser lida.")


def _refusal_for(error: UpstreamError) -> Refusal:
    if isinstance(error, Refused):
        return Refusal(502, "servico_indisponivel", "O serviço está fora do ar. Tente de novo em instantes.", RETRY_AFTER)
    if isinstance(error, Unreachable):
        return Refusal(503, "servico_indisponivel", "O serviço não pôde ser alcançado. Tente de novo em instantes.", RETRY_AFTER)
    if isinstance(error, TimedOut):
        return Refusal(504, "servico_nao_respondeu", "O serviço não respondeu a tempo. Tente de novo em instantes.", RETRY_AFTER)
    return _INVALID_ANSWER


def _log(error: Exception, route: Route, trace: Trace) -> None:
    logger.warning("servico falhou", extra={"servico_chamado": route.servico, "erro": str(error), "rastro": trace.rastro})
