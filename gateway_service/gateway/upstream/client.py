"""Requests to services and their answers."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple

from gateway.upstream.connection import Connection, chunk
from gateway.upstream.errors import Broken, UpstreamError
from gateway.upstream.exchange import Exchange, Fields
from gateway.upstream.pool import Pool

GATHERED = 64 * 1024  # bytes; a request's body up to here is no stream


class UpstreamRequest(NamedTuple):
    """`origin` as http://127.0.0.1:3002; `target` and `head`, which is made of `lines`, go out as they are.

    `length`: bytes of `body`, which `head` tells too; None when it is to be sent in chunks.
    """

    method: str
    origin: str
    target: str
    head: bytes = b""
    body: AsyncIterator[bytes] | None = None
    length: int | None = None


class UpstreamResponse:
    """Status and fields, their names in lower case, and a body to be read once, in pieces, at the reader's pace."""

    def __init__(self, connection: Connection, exchange: Exchange, upload: "asyncio.Task[None] | None", patience: float) -> None:
        self._connection, self._exchange, self._upload, self._patience = connection, exchange, upload, patience
        self.status: int = exchange.status
        self.headers: Fields = exchange.fields

    def whole(self) -> bytes | None:
        """The body when all of it is there already, which for most answers it is; else None."""
        return self._exchange.take() if self._exchange.complete and self._upload is None else None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamError when the body ends before its end."""
        exchange = self._exchange
        while True:
            if piece := exchange.take():
                yield piece
            elif exchange.complete:
                return
            else:
                await exchange.more(self._patience)

    async def read(self, most: int) -> bytes:
        """The whole body. Raises UpstreamError when it breaks off or is longer than `most` bytes."""
        body = bytearray()
        async for piece in self.chunks():
            body += piece
            if len(body) > most:
                raise Broken(f"the body is longer than {most} bytes")
        return bytes(body)

    async def close(self) -> None:
        """The connection goes back when both sides have said all, and else ends. No piece of the request is asked for after this."""
        if not self._exchange.complete or (self._upload is not None and not self._upload.done()):
            self._connection.abort()
        await _stopped(self._upload)


class UpstreamClient:
    """Belongs to the event loop that first uses it. `connect_timeout`, `read_timeout`: seconds."""

    def __init__(self, *, connect_timeout: float, read_timeout: float) -> None:
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._pools: dict[str, Pool] = {}

    @property
    def patience(self) -> float:
        """Seconds that a service may take to begin its answer."""
        return self._read_timeout

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """The answer's head; its body is still to come. Raises UpstreamError."""
        pool = self._pools.get(request.origin)
        if pool is None:
            pool = self._pools[request.origin] = Pool(request.origin, self._connect_timeout)
        head = _head(request, pool.host)
        length, first = request.length, b"" if request.body is None else await _beginning(request.body, request.length)
        repeatable = request.body is None and request.method in ("GET", "HEAD")
        connection, reused = await pool.take(upload=request.body is not None and length != len(first), repeatable=repeatable)
        try:
            return await self._exchange(connection, request, head, first)
        except Broken as error:
            if not (reused and error.nothing_received and repeatable):
                raise
        pool.close()  # what else lies there was closed by the same restart
        connection, _ = await pool.take()
        return await self._exchange(connection, request, head, first)

    async def _exchange(self, connection: Connection, request: UpstreamRequest, head: bytes, first: bytes) -> UpstreamResponse:
        body = request.body
        length = request.length
        more = body is not None and length != len(first)
        exchange = connection.begin(request.method, head + (chunk(first) if first and length is None else first), more=more)
        upload = None
        try:
            if body is not None and more:
                left = None if length is None else length - len(first)
                upload = asyncio.create_task(connection.upload(body, left, self._read_timeout))
            elif body is not None and await _next(body):  # which should only hear that there is no more
                raise Broken("the body is longer than its Content-Length")
            await exchange.head(self._read_timeout)
            if upload is not None and exchange.status >= 300:  # the service does not want the rest
                await _stopped(upload)
                connection.cut_upload()
                upload = None
        except BaseException:
            if connection.serves(exchange):
                connection.abort()
            await _stopped(upload)
            raise
        return UpstreamResponse(connection, exchange, upload, self._read_timeout)

    async def is_ready(self, origin: str, target: str, timeout: float) -> bool:
        """Whether a GET of `target` answers 200 within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                response = await self.send(UpstreamRequest("GET", origin, target))
                await response.close()
        except (UpstreamError, TimeoutError):
            return False
        return response.status == 200

    async def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()


async def _beginning(body: AsyncIterator[bytes], length: int | None) -> bytes:
    """The first piece, or the whole of a small body: a client that dawdles with it then holds no connection meanwhile."""
    beginning = piece = await _next(body)
    while piece and length is not None and len(beginning) < length <= GATHERED:
        piece = await _next(body)
        beginning += piece
    return beginning


async def _next(body: AsyncIterator[bytes]) -> bytes:
    try:
        return await anext(body, b"")
    except Exception as error:  # the client left
        raise Broken(f"the body broke off: {type(error).__name__}") from error


async def _stopped(upload: "asyncio.Task[None] | None") -> None:
    if upload is not None and not upload.done():
        upload.cancel()
        await asyncio.wait([upload])


def lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`fields` as they go out. Raises ValueError for what would be none, or more: whoever passes them on checks before."""
    parts = [b"%b: %b\r\n" % field for field in fields]
    text = b"".join(parts)
    if text.count(b"\n") != len(parts) or text.count(b"\r") != len(parts) or b"\0" in text:
        raise ValueError("a field that is no field")
    return text


def _head(request: UpstreamRequest, host: bytes) -> bytes:
    framing = b""
    if request.body is not None and request.length is None:
        framing = b"transfer-encoding: chunked\r\n"
    elif request.length is None and request.method in ("POST", "PUT", "PATCH"):
        framing = b"content-length: 0\r\n"
    return b"%b %b HTTP/1.1\r\nhost: %b\r\n%b%b\r\n" % (request.method.encode(), request.target.encode(), host, request.head, framing)
