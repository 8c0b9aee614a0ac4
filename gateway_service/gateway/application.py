"""The ASGI callable in front of Django: proxied requests take the short way, everything else is Django's.

Django's own handler costs 2.4 times as much per request (ADR 8), decodes the path and joins repeated
fields: a proxy must do neither.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from time import perf_counter

from django.conf import settings

from crm_shared.english import speak
from crm_shared.observability import tracing
from crm_shared.observability.context import working_as
from gateway import wiring
from gateway.access import Outcome
from gateway.body import RequestBody
from gateway.composite import Composite
from gateway.entrance import setting
from gateway.fast_lane import FastLane
from gateway.headers import RequestHeaders
from gateway.peers import household, peer_of
from gateway.problems import Message, Receive, Refusal, Scope, Send, bad_request, send_refusal
from gateway.routes import is_proxied
from gateway.trace import Trace

Application = Callable[..., Awaitable[None]]
Lane = FastLane | Composite
_QUIET = (b"/saude", b"/metrics")
_FREE = (*_QUIET, b"/static/")  # counts for no limit


class GatewayApplication:
    def __init__(self, django: Application) -> None:
        self._django = django
        self._forward = wiring.fast_lane()
        self._composites = wiring.composites()
        self._entrance = wiring.entrance()
        self._peers, self._addresses = wiring.peers(), wiring.addresses()
        self._access = wiring.access()
        self._lane = lru_cache(maxsize=1024)(self._choose)

    def _choose(self, raw_path: bytes) -> Lane | None:
        """None: Django."""
        if not is_proxied(raw_path):
            return None
        _, prefix, *rest = raw_path.split(b"/", 3)
        return self._composites.get(rest[0], self._forward) if rest and prefix == b"gateway" else self._forward

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:  # no websocket is offered
            await send({"type": "websocket.close"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope, headers = self._peers.seen(scope), RequestHeaders.read(scope["headers"])
        speak(headers.language)
        trace, outcome, started = headers.trace, Outcome(), perf_counter()
        quiet = scope["raw_path"].startswith(_QUIET)
        try:
            if tracing.active() and not quiet:
                await self._serve_as_span(scope, receive, send, headers, trace, outcome)
            else:
                await self._lead(scope, receive, send, headers, trace, outcome)
        finally:
            if not quiet:
                self._access.note(scope["method"], scope["raw_path"], outcome, perf_counter() - started, trace)

    async def _serve_as_span(
        self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome
    ) -> None:
        method = scope["method"]
        with working_as(rastro=trace.rastro, pai=trace.pai), tracing.span(method, tracing.SERVER) as span:
            own = Trace(trace.rastro, span.traceparent.encode())
            try:
                await self._lead(scope, receive, send, headers, own, outcome)
            finally:
                span.name(f"{method} {outcome.servico}".strip())
                span.set({"http.request.method": method, "http.response.status_code": outcome.status, "server.address": outcome.servico})
                if outcome.status >= 500:
                    span.fail(str(outcome.status))

    async def _lead(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        """To a service, or to Django for everything else."""
        try:
            headers, send = await self._admit(scope, headers, send)
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
            await RequestBody(receive, expected=headers.has_body).discard()
            return
        if lane := self._lane(scope["raw_path"]):
            await lane(scope, receive, send, headers, trace, outcome)
        elif not scope["raw_path"].startswith(b"/"):
            outcome.status = 400
            await send_refusal(send, bad_request("endereco_invalido", "Envie só o caminho, sem esquema nem host."), trace)
        else:
            with working_as(rastro=trace.rastro):
                await self._django(scope, receive, _traced(send, trace, outcome))

    async def _admit(self, scope: Scope, headers: RequestHeaders, send: Send) -> tuple[RequestHeaders, Send]:
        """Whose request it is, and how to send the answer: people in a browser have cookies instead of a token, programs may have a key.

        Raises Refusal.
        """
        path = scope["raw_path"]
        if not path.startswith(_FREE):
            address = household(peer_of(scope))
            if self._addresses.take(address) is None:
                await self._addresses.count(address)
        if not self._lane(path):
            return headers, send
        headers, fields = await self._entrance.admit(scope, headers)
        return headers, setting(send, fields)


def _traced(send: Send, trace: Trace, outcome: Outcome) -> Send:
    async def send_traced(message: Message) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
            message = {**message, "headers": [*message["headers"], *trace.headers()]}
        await send(message)

    return send_traced


async def _live(receive: Receive, send: Send) -> None:
    """Keys and revocations are fetched before the first request needs them; connections are closed at the end."""
    await receive()
    tracing.start(settings.SERVICE)
    wiring.keys().start()
    wiring.revocations().start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await wiring.client().close()
    await wiring.prober().close()
    await wiring.counters().close()
    wiring.access().write()
    await send({"type": "lifespan.shutdown.complete"})
