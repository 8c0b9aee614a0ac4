"""The short way: a proxied request between the server's `receive` and `send`, past Django (ADR 8)."""

from gateway.access import Outcome
from gateway.body import RequestBody
from gateway.forward import Answer, Forwarder
from gateway.headers import RequestHeaders
from gateway.problems import Message, Receive, Refusal, Scope, Send, send_refusal
from gateway.trace import Trace
from gateway.upstream import UpstreamError


class FastLane:
    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: RequestHeaders, trace: Trace, outcome: Outcome) -> None:
        body = RequestBody(receive, expected=headers.has_body)
        try:
            answer = await self._forwarder.forward(scope, headers, body, trace, outcome)
        except Refusal as refusal:
            outcome.status = refusal.status
            await send_refusal(send, refusal, trace)
            if not headers.expects_continue:  # who waits for a 100 has sent nothing
                await body.discard()
            return
        if (whole := answer.whole()) is None:
            await _stream(answer, send)
        else:
            await send(_start(answer))
            await send({"type": "http.response.body", "body": whole})
        if not body.done:
            await body.discard()


def _start(answer: Answer) -> Message:
    return {"type": "http.response.start", "status": answer.status, "headers": answer.headers}


async def _stream(answer: Answer, send: Send) -> None:
    """Returning without an end makes the server cut the connection, so that half an answer never looks whole."""
    try:
        await send(_start(answer))
        async for chunk in answer.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except UpstreamError:
        return
    finally:
        await answer.close()
