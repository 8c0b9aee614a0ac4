"""The HTTP client towards the services. Nothing outside of this module knows which library it is.

A connection is kept alive and reused per service. A request is sent once, except GET and HEAD without a body when a
reused connection turns out to have been closed by the service before it answered anything.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

CONNECTIONS_PER_SERVICE = 64
# Less than the services' own keep-alive (75 s): they never close a connection that a request is just leaving on.
KEEP_ALIVE = 60.0  # seconds
WAIT_FOR_CONNECTION = 5.0  # seconds in the pool's queue
MAX_FIELD = 32 * 1024  # bytes of one answer field
_NO_AUTOMATIC_FIELDS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """`url` goes out as it is. `headers` carry the content-length of `body`, or none when it is to be sent in chunks."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: AsyncIterator[bytes] | None = None


class UpstreamError(Exception):
    """No answer, or not the whole of it."""


class Refused(UpstreamError):
    """Nobody listens there: the process is down."""


class Unreachable(UpstreamError):
    """No connection in time: no address, no network, no free place."""


class TimedOut(UpstreamError):
    """Connected, and then silent."""


class Broken(UpstreamError):
    """Closed, or answered something that is not HTTP."""

    def __init__(self, reason: str, *, nothing_received: bool = False) -> None:
        super().__init__(reason)
        self.nothing_received = nothing_received


class UpstreamResponse:
    """Status and fields as received, and a body to be read once, in pieces, at the reader's pace."""

    def __init__(self, response: aiohttp.ClientResponse, patience: float) -> None:
        self._response, self._patience = response, patience
        self.status = response.status
        self.headers = response.raw_headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamError when the body ends before its end."""
        content = self._response.content
        try:
            while True:
                # aiohttp 3.14.5 waits for ever after a malformed chunk: its own clock stops with its parser
                async with asyncio.timeout(self._patience):
                    chunk = await content.readany()
                if not chunk:
                    return
                yield chunk
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Give the connection back when the answer was read to its end, else end it."""
        self._response.close()


class UpstreamClient:
    """Belongs to the event loop that first uses it."""

    def __init__(self, *, connect_timeout: float, read_timeout: float) -> None:
        self._read_timeout = read_timeout
        self._timeout = aiohttp.ClientTimeout(total=None, connect=WAIT_FOR_CONNECTION, sock_connect=connect_timeout, sock_read=read_timeout)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """The answer's head; its body is still to come. Raises UpstreamError."""
        attempt = SimpleNamespace(reused=False)
        try:
            return await self._send(request, attempt)
        except Broken as error:
            repeatable = request.method in ("GET", "HEAD") and request.body is None
            if not (repeatable and attempt.reused and error.nothing_received):
                raise
        return await self._send(request, attempt)

    async def is_ready(self, url: str, timeout: float) -> bool:
        """Whether a GET of `url` answers 200 within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                response = await self._send(UpstreamRequest("GET", url, []), SimpleNamespace())
        except (UpstreamError, TimeoutError):
            return False
        response.close()
        return response.status == 200

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(self, request: UpstreamRequest, attempt: SimpleNamespace) -> UpstreamResponse:
        try:
            async with asyncio.timeout(None) as stall:
                response = await self._open_session().request(
                    request.method,
                    URL(request.url, encoded=True),  # else yarl quotes the query anew: %2F would become /
                    headers=request.headers,
                    data=None if request.body is None else _paced(request.body, stall, self._read_timeout),
                    allow_redirects=False,
                    trace_request_ctx=attempt,
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _translated(error) from error
        if response.status < 200:
            response.close()
            raise Broken(f"switched protocols: {response.status}")
        return UpstreamResponse(response, self._read_timeout)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            reuse = aiohttp.TraceConfig()
            reuse.on_connection_reuseconn.append(_note_reuse)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_SERVICE, keepalive_timeout=KEEP_ALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=_NO_AUTOMATIC_FIELDS,
                max_line_size=MAX_FIELD,
                max_field_size=MAX_FIELD,
                trace_configs=[reuse],
                middlewares=[_once],
            )
        return self._session


async def _note_reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    context.trace_request_ctx.reused = True


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp repeats PUT and DELETE too when a connection breaks; in our words the error passes it by."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _translated(error) from error


async def _paced(body: AsyncIterator[bytes], stall: asyncio.Timeout, seconds: float) -> AsyncIterator[bytes]:
    """`body`, with `seconds` for the service to take each piece. aiohttp's own clock starts after the last one."""
    loop = asyncio.get_running_loop()
    async for chunk in body:
        with suppress(RuntimeError):  # the service answered before it read everything: nothing to time any more
            stall.reschedule(loop.time() + seconds)
        yield chunk
        with suppress(RuntimeError):
            stall.reschedule(None)


def _translated(error: Exception) -> UpstreamError:
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Unreachable(reason)
    if isinstance(error, TimeoutError):
        return TimedOut(reason)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Refused(reason) if isinstance(error.os_error, ConnectionRefusedError) else Unreachable(reason)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Broken(reason, nothing_received=isinstance(error.message, str))
    return Broken(reason, nothing_received=isinstance(error, aiohttp.ClientOSError))
