"""One client's connection: requests one after the other, and nothing more read than can be held."""

import asyncio
from math import inf
from typing import TYPE_CHECKING

from gunicorn.asgi.parser import (  # type: ignore[import-untyped]
    LimitRequestHeaders,
    LimitRequestLine,
    ParseError,
    PythonProtocol,
    UnsupportedTransferCoding,
)

from gateway.server import head
from gateway.server.answer import refusal
from gateway.server.head import Head
from gateway.server.request import ClientLeft, Request

if TYPE_CHECKING:
    from gateway.server.worker import Worker

LINGER = 2.0  # seconds in which the last answer may arrive: closing on unread bytes would reset it away
LEAVE = 0.2  # seconds for the application to end by itself after the client left; then it is cancelled
PIPELINED = 64 * 1024  # bytes of further requests that may wait for the one in hand
WRITE_ROOM = 64 * 1024  # bytes of an answer that may wait for the client before the application has to


class Connection(asyncio.Protocol):
    """`deadline`: when the worker ends it, in the loop's time; it stands while nothing is expected of the application."""

    def __init__(self, worker: "Worker") -> None:
        self._worker, self._loop = worker, worker.loop
        self._request: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._parser: PythonProtocol | None = None
        self._left = 0  # bytes of the body still to come, outside gunicorn's parser
        self._waiting = b""
        self._reading, self._ending = True, False
        self._writable = asyncio.Event()
        self._writable.set()
        self.deadline = self._loop.time() + worker.head_timeout

    # -- for the worker --

    @property
    def idle(self) -> bool:
        return self._request is None and not self._transport.is_closing()

    def expire(self) -> None:
        """With what is still to be written, or without when the client does not read it."""
        if self.stalled or self._transport.is_closing():
            self._transport.abort()
        else:
            self._close(self._worker.keep_alive)

    def abort(self) -> None:
        self._transport.abort()

    def drain(self) -> None:
        """The worker is ending: what comes within a moment is still answered."""
        if self.idle:
            self.deadline = min(self.deadline, self._loop.time() + LINGER)

    # -- for the request --

    @property
    def stalled(self) -> bool:
        return not self._writable.is_set()

    async def writable(self) -> None:
        """Returns also when the client does not read in time, and so is gone."""
        self.deadline = self._loop.time() + self._worker.client_timeout
        await self._writable.wait()
        if not self._ending:
            self.deadline = inf

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def let_read(self, reading: bool) -> None:
        if reading != self._reading and not self._transport.is_closing():
            self._reading = reading
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    def may_stay(self) -> bool:
        return self._worker.takes_more()

    # -- asyncio.Protocol --

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        transport.set_write_buffer_limits(high=WRITE_ROOM)  # type: ignore[attr-defined]
        self._client, self._server = _address(transport, "peername"), _address(transport, "sockname")
        self._scheme = "http" if transport.get_extra_info("ssl_object") is None else "https"
        self._worker.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._worker.closed(self)
        self._writable.set()
        if self._request is not None:
            self._request.disconnect()
        if self._task is not None:
            self._loop.call_later(LEAVE, self._task.cancel)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        if self._request is None or not self._request.received:
            self._read(data)
        else:
            self._keep(data)

    # -- reading --

    def _read(self, data: bytes) -> None:
        if self._parser is not None:
            self._parse(self._parser, data)
        elif self._request is not None:
            self._take_body(self._request, data)
        elif (found := head.read(data, self._worker.limits)) is None:
            self._parser = self._new_parser()
            self.deadline = min(self.deadline, self._loop.time() + self._worker.head_timeout)
            self._parse(self._parser, data)
        else:
            self._left = found[0].length or 0
            request = self._begin(found[0])
            if len(data) > found[1]:
                self._take_body(request, data[found[1] :])

    def _take_body(self, request: Request, data: bytes) -> None:
        if self._left:
            piece = data[: self._left]
            self._left -= len(piece)
            if not request.feed(piece):
                self.let_read(False)
            if self._left:
                return
            request.end()
            data = data[len(piece) :]
        if data:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        """For after the request in hand."""
        self._waiting += data
        if len(self._waiting) > PIPELINED:
            self.let_read(False)

    def _begin(self, found: Head) -> Request:
        self.deadline = inf
        request = self._request = Request(self, found)
        self._task = self._loop.create_task(self._serve(request))
        return request

    async def _serve(self, request: Request) -> None:
        try:
            await self._worker.asgi(request.scope(self._client, self._server, self._scheme), request.receive, request.send)
        except ClientLeft:
            pass
        except Exception:
            if not request.complete:
                self._worker.log.exception("Error in ASGI application")
        except asyncio.CancelledError:  # the client left, or the worker's patience is over
            self._close(LINGER)
            raise
        finally:
            self._served(request)

    def _served(self, request: Request) -> None:
        """Half an answer never looks whole: the connection ends within it."""
        self._request = self._task = None
        self._worker.count()
        if self._ending or self._transport.is_closing():
            return
        if not request.begun:
            self._refuse(500, "Internal Server Error")
        elif not (request.complete and request.keep_alive and request.received):
            self._end(whole=request.complete)
        else:
            self.deadline = self._loop.time() + (self._worker.keep_alive if self._worker.alive else LINGER)
            waiting, self._waiting = self._waiting, b""
            self.let_read(True)
            if waiting:
                self._read(waiting)

    # -- what gunicorn's parser reads --

    def _new_parser(self) -> PythonProtocol:
        limits = self._worker.limits
        return PythonProtocol(
            on_headers_complete=self._parsed,
            on_body=self._fed,
            on_message_complete=self._received,
            limit_request_line=limits.line,
            limit_request_fields=limits.fields,
            limit_request_field_size=limits.field,
        )

    def _parse(self, parser: PythonProtocol, data: bytes) -> None:
        try:
            parser.feed(data)
        except LimitRequestLine as error:
            self._refuse(414, str(error))
        except LimitRequestHeaders as error:
            self._refuse(431, str(error))
        except UnsupportedTransferCoding as error:
            self._refuse(501, str(error))
        except (ParseError, ValueError) as error:  # as of a number with too many digits
            self._refuse(400, str(error))
        else:
            if parser.is_complete:
                self._parser = None
                if rest := parser.remaining():
                    self._keep(rest)

    def _parsed(self) -> None:
        found = head.parsed(self._parser)
        if found.websocket:
            self._refuse(403, "Forbidden")
        else:
            self._begin(found)

    def _fed(self, piece: bytes) -> None:
        if self._request is not None and not self._request.feed(piece):
            self.let_read(False)

    def _received(self) -> None:
        if self._request is not None:
            self._request.end()

    # -- the end --

    def _refuse(self, status: int, told: str) -> None:
        """To the client if it has heard nothing yet; the application hears that it left."""
        heard = False
        if self._request is not None:
            heard = self._request.started
            self._request.disconnect()
        if not heard:
            self.write(refusal(status, told))
        self._end(whole=not heard)

    def _end(self, *, whole: bool) -> None:
        """`whole`: of the last answer. What the client still sends is read for a while, or that answer might not arrive."""
        unread = self._waiting or self._parser is not None or self._left
        self._ending, self._waiting = True, b""
        if whole and unread and self._transport.can_write_eof():
            self._transport.write_eof()
            self.let_read(True)
            self.deadline = self._loop.time() + LINGER
        else:
            self._close(self._worker.keep_alive if whole else LINGER)

    def _close(self, patience: float) -> None:
        """`patience`: seconds in which the client may take what is written already."""
        self._ending = True
        self._transport.close()
        self.deadline = self._loop.time() + patience


def _address(transport: asyncio.BaseTransport, name: str) -> tuple[str, int] | None:
    address = transport.get_extra_info(name)
    return tuple(address[:2]) if isinstance(address, tuple) else None
