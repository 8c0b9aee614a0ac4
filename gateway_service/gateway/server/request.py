"""One request and its answer as ASGI has them: filled by the connection, read and answered by the application at its pace."""

import asyncio
from collections import deque
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from gateway.server.answer import AnswerHead, framed
from gateway.server.head import Head

if TYPE_CHECKING:
    from gateway.server.connection import Connection

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]

ROOM = 256 * 1024  # bytes of a body that may wait for the application before the client has to
BODY_PATIENCE = 30.0  # seconds of silence within a body
JOINED = 64 * 1024  # bytes; a longer piece is not copied behind its head
_ASGI = {"version": "3.0", "spec_version": "2.4"}


class ClientLeft(ConnectionError):
    """What is sent from now on is heard by nobody."""


class Request:
    """`received` once its last byte is there, `started` once a byte of the answer went out, `complete` once all did."""

    __slots__ = (
        "_answer",
        "_buffered",
        "_connection",
        "_disconnected",
        "_ended",
        "_expects",
        "_head",
        "_pieces",
        "_silent",
        "_waiter",
        "complete",
        "keep_alive",
        "received",
        "started",
    )

    def __init__(self, connection: "Connection", head: Head) -> None:
        self._connection, self._head = connection, head
        self._pieces: deque[bytes] = deque()
        self._buffered = 0
        self._waiter: asyncio.Future[None] | None = None
        self._answer: AnswerHead | None = None
        self._expects = head.expects_continue
        self._disconnected = self._silent = self._ended = False
        self.received = head.length == 0
        self.started = self.complete = False
        self.keep_alive = head.keep_alive

    # -- the connection's side --

    def feed(self, piece: bytes) -> bool:
        """Whether there is room for more."""
        self._pieces.append(piece)
        self._buffered += len(piece)
        self._expects = False
        self._wake()
        return self._buffered <= ROOM

    def end(self) -> None:
        self.received = True
        self._wake()

    def disconnect(self) -> None:
        """Nothing more is read or written."""
        self._disconnected = True
        self._wake()

    def _fall_silent(self) -> None:
        self._silent = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def begun(self) -> bool:
        """Whether the application has begun to answer."""
        return self._answer is not None

    # -- the application's side --

    def scope(self, client: tuple[str, int] | None, server: tuple[str, int] | None, scheme: str) -> Scope:
        head = self._head
        path, _, query = head.target.partition(b"?")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": head.version,
            "method": head.method,
            "scheme": scheme,
            "path": (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": head.fields,
            "client": client,
            "server": server,
        }

    async def receive(self) -> Message:
        """A piece of the body; after the last one it waits for the client to leave. Who falls silent within it counts as gone."""
        while not (self._disconnected or self._silent):
            if self._pieces or (self.received and not self._ended):
                return self._next()
            if self._expects:
                self._expects = False
                self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await self._change(None if self._ended else BODY_PATIENCE)
        return {"type": "http.disconnect"}

    def _next(self) -> Message:
        piece = self._pieces.popleft() if self._pieces else b""
        self._buffered -= len(piece)
        self._ended = self.received and not self._pieces
        if not self.received and self._buffered <= ROOM:
            self._connection.let_read(True)
        return {"type": "http.request", "body": piece, "more_body": not self._ended}

    async def _change(self, patience: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if patience is None else loop.call_later(patience, self._fall_silent)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    async def send(self, message: Message) -> None:
        """Raises ClientLeft, so that nothing more is fetched for nobody; RuntimeError and ValueError for the application's mistakes."""
        if self._disconnected:
            raise ClientLeft
        if message["type"] == "http.response.start" and self._answer is None:
            self._start(message)
        elif message["type"] == "http.response.body" and self._answer is not None and not self.complete:
            self._write(self._answer, bytes(message.get("body", b"")), last=not message.get("more_body", False))
            if self._connection.stalled:
                await self._connection.writable()
        else:
            raise RuntimeError(f"no {message['type']} is expected here")

    def _start(self, message: Message) -> None:
        self._expects = False
        self.keep_alive = self.keep_alive and self._head.version != "1.0" and self._connection.may_stay()
        self._answer = AnswerHead(self._head, message["status"], message.get("headers", ()), close=not self.keep_alive)

    def _write(self, answer: AnswerHead, body: bytes, *, last: bool) -> None:
        """The head waits for the first piece, so that most answers are one write."""
        if answer.no_body:
            body = b""
        elif answer.left is not None:
            body = body[: answer.left]  # more would be read as the next answer
            answer.left -= len(body)
        self.complete = last
        if last and answer.left:  # the client waits for bytes that never come
            self.keep_alive = False
        data = framed(body, last=last) if answer.chunked else body
        if not self.started and (data or last):
            self.started = True
            if len(data) > JOINED:
                self._connection.write(answer.data)
            else:
                data = answer.data + data
        if data:
            self._connection.write(data)
