"""The same proxy as an ordinary Django view, for any project and ASGI server: `re_path(r"^(?:gateway|auth|publico)(?:/|$)", proxy)`.

In our own process nothing comes here, for `application.py` takes the short way before. Django reads the whole request body
into a temporary file first, so uploads are not passed on while they arrive, and each request costs more; all else is alike.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from crm_shared.english import speak
from gateway import wiring
from gateway.access import Outcome
from gateway.body import RequestBody
from gateway.entrance import with_cookies
from gateway.forward import Answer
from gateway.headers import Headers, RequestHeaders
from gateway.peers import household, peer_of
from gateway.problems import Fields, Message, Refusal, refusal_document
from gateway.routes import is_proxied

PIECE = 64 * 1024  # bytes of a request body at a time


@csrf_exempt  # gateway.browser.entry asks for CSRF's token where cookies sign a request
async def proxy(request: ASGIRequest) -> HttpResponseBase:
    scope, headers = wiring.peers().seen(dict(request.scope)), RequestHeaders.read(request.scope["headers"])
    speak(headers.language)
    outcome, trace, started = Outcome(), headers.trace, perf_counter()
    left: Fields = ()
    try:
        if is_proxied(scope["raw_path"]):  # else, encoded, it came by way of application.py, was counted there, and leads nowhere
            await wiring.addresses().count(household(peer_of(scope)))
            headers, left = await wiring.entrance().admit(scope, headers)
        answer = await wiring.forwarder().forward(scope, headers, _body(request, headers), trace, outcome)
    except Refusal as refusal:
        outcome.status = refusal.status
        fields, document = refusal_document(refusal, trace)
        return Own(document, with_cookies(fields, left), refusal.status)
    finally:
        wiring.access().note(scope["method"], scope["raw_path"], outcome, perf_counter() - started, trace)
    return Proxied(answer, with_cookies(answer.headers, left))


def _body(request: ASGIRequest, headers: RequestHeaders) -> RequestBody:
    async def receive() -> Message:
        piece = request.read(PIECE)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return RequestBody(receive, expected=headers.has_body)


class Own(HttpResponse):
    """The gateway's own answer, with these fields and no other."""

    def __init__(self, document: bytes, fields: Headers, status: int) -> None:
        self._fields = fields
        super().__init__(document, status=status)

    def items(self) -> Iterable[tuple[str, str]]:
        return _text(self._fields)


class Proxied(StreamingHttpResponse):
    """A service's answer. Its fields stay as they came: Django's own headers are a dict, which makes one Set-Cookie of two."""

    def __init__(self, answer: Answer, fields: Headers) -> None:
        self._fields, self._loop, self._body = fields, asyncio.get_running_loop(), _stream(answer)
        super().__init__(self._body, status=answer.status)

    def items(self) -> Iterable[tuple[str, str]]:
        return _text(self._fields)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body  # itself, so that Django's aclosing() ends it and with it the service's connection


async def _stream(answer: Answer) -> AsyncIterator[bytes]:
    """The client may leave a piece unread for so long; then the request is given up, and the connection with it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    stall: asyncio.TimerHandle | None = None
    try:
        async for chunk in answer.chunks():
            stall = loop.call_later(settings.CLIENT_TIMEOUT, task.cancel)
            yield chunk
            stall.cancel()
    finally:
        if stall is not None:
            stall.cancel()
        await answer.close()


def _text(fields: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]
