"""The short way: a proxied request between the server's `receive` and `send`, past Django (ADR 8)."""

import asyncio

from gateway.access import Outcome
from gateway.body import ClientWatch, RequestBody
from gateway.forward import Answer, Forwarder
from gateway.headers import RequestHeaders
from gateway.problems import Receive, Refusal, Scope, Send, send_refusal
from gateway.trace import Trace
from gateway.upstream import UpstreamError


class FastLane:
    """`client_timeout`: seconds an answer may wait unread."""

    def __init__(self, forwarder: Forwarder, *, client_timeout: float) -> None:
        self._forwarder, self._client_timeout = forwarder, client_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        watch = ClientWatch(receive, body)
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
            async with asyncio.timeout(self._client_timeout):
                await send({"type": "http.response.body", "body": whole})
        except UpstreamError:
            return
        except TimeoutError as error:
            answer.broke_off(error)

    async def _stream(self, answer: Answer, send: Send) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as stall:
            async for chunk in answer.chunks():
                stall.reschedule(loop.time() + self._client_timeout)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                stall.reschedule(None)
        await send({"type": "http.response.body", "body": b""})
