"""The request body as the client sends it: handed on piece by piece, never gathered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from gateway.problems import Receive

# How much of a refused body is read, and for how long, so that the client comes to read the answer: closing a
# connection with unread bytes resets it, and the answer with it.
LINGER_BYTES = 8 * 1024 * 1024
LINGER_SECONDS = 2.0


class ClientGone(Exception):
    """The client closed, or sent nothing for as long as the server waits."""


class RequestBody:
    """`done` once the whole body was received; `gone` when the client left before."""

    def __init__(self, receive: Receive, *, expected: bool) -> None:
        self._receive = receive
        self.done = not expected
        self.gone = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.done:
            chunk = await self._next()
            if chunk:  # an empty chunk would end a chunked upload
                yield chunk

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise ClientGone
        self.done = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    async def discard(self) -> None:
        left = LINGER_BYTES
        with suppress(ClientGone, TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while not self.done and left > 0:
                    left -= len(await self._next())
