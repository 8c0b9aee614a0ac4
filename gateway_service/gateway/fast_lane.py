"""The short way: a proxied request between the server's `receive` and `send`, past Django (ADR 8)."""

import asyncio
from functools import cached_property

from gateway.access import Outcome
from gateway.body import ClientWatch, RequestBody
from gateway.forward import Answer, Forwarder
from gateway.headers import RequestHeaders
from gateway.problems import Receive, Refusal, Scope, Send, send_refusal
from gateway.trace import Trace
from gateway.upstream import UpstreamError


class FastLane:
    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """The one that it belongs to. Asking for it is a system call."""
        return asyncio.get_running_loop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        watch = ClientWatch(receive, body, self._loop)
        try:
            answer = await self._forwarder.forward(scope, headers, body, trace, outcome)
            try:
                await self._hand_on(answer, send)
            finally:
                await answer.close()
            if not body.done:
                await body.discard()
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
            if not headers.expects_continue:  # who waits for a 100 has sent nothing
                await body.discard()
        finally:
            watch.stop()

    async def _hand_on(self, answer: Answer, send: Send) -> None:
        """Returning without an end makes the server cut the connection, so that half an answer never looks whole."""
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        try:
            whole = answer.whole()
            if whole is None:
                await self._stream(answer, send)
                return
            await send({"type": "http.response.body", "body": whole})
        except UpstreamError:
            return

    async def _stream(self, answer: Answer, send: Send) -> None:
        async for chunk in answer.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
