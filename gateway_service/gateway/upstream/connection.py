"""A connection to a service: one request at a time on it, and of what comes back only what was asked for."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httptools

from gateway.upstream import plain
from gateway.upstream.errors import Broken, TimedOut
from gateway.upstream.exchange import Exchange, Fields

MAX_HEAD = 64 * 1024  # bytes of an answer's head, of trailers, or of whatever else is no body
MAX_INTERIM = 100  # answers 1xx before the one that counts
WRITE_ROOM = 128 * 1024  # bytes of a request that may wait for the service before the client has to


class Connection(asyncio.Protocol):
    """`free` is called once for each `begin`, at the end of the exchange: with whether the connection can take another."""

    def __init__(self, free: Callable[["Connection", bool], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = free
        self._exchange: Exchange | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._uploading = self._reusable = self._reading = self._until_closed = self._at_rest = False
        self._received = self._no_body = self._interim = self._size = self._left = 0
        self._fields: Fields = []
        self._spare: socket.socket | None = None
        self.idle_since, self.uploads = 0.0, False

    # -- a request --

    def begin(self, method: str, data: bytes, *, more: bool) -> Exchange:
        """Send `data`, which starts with the request's head; with `more` the rest follows by `upload`."""
        exchange = self._exchange = Exchange(self._loop, method, self._let_read)
        if not self._at_rest:
            self._parser = httptools.HttpResponseParser(self)
        self._at_rest = False
        self._received = self._no_body = self._interim = self._left = 0
        self._uploading, self._reusable, self._cut = more, False, False
        if more:
            exchange.sent_at = None
        if more and self._transport.get_extra_info("ssl_object") is None:
            # When the service answers and closes while we still write, the failed write ends the transport, and with it
            # the answer that waits in the socket: a second handle on the socket still reads it.
            self._spare = socket.socket(fileno=os.dup(self._transport.get_extra_info("socket").fileno()))
        self._transport.write(data)
        return exchange

    async def upload(self, pieces: AsyncIterator[bytes], length: int | None, patience: float) -> None:
        """The rest of a body: `length` bytes, or in chunks when that is None. `patience`: seconds for the service to take a piece."""
        exchange = self._exchange
        if exchange is None:  # over before this began
            return
        try:
            async for piece in pieces:
                if length is not None:
                    length -= len(piece)
                    if length < 0:
                        raise Broken("the body is longer than its Content-Length")
                self._transport.write(piece if length is not None else chunk(piece))
                await asyncio.sleep(0)  # uvloop writes at the end of its turn, and only then says that there is no room
                async with asyncio.timeout(patience):
                    await self._writable.wait()
                if self._transport.is_closing():
                    return
            if length:
                raise Broken("the body is shorter than its Content-Length")
            if length is None:
                self._transport.write(b"0\r\n\r\n")
            exchange.sent_at = self._loop.time()
            self._uploading = False
            self._settle()
        except TimeoutError:
            self.abort(TimedOut("does not take the body"))
        except Broken as error:
            self.abort(error)
        except Exception as error:  # of the pieces: the client left
            self.abort(Broken(f"the body broke off: {type(error).__name__}"))

    def cut_upload(self) -> None:
        """Nothing more of the request will be sent; the connection ends with the answer."""
        self._uploading, self._cut = False, True
        self._settle()

    def abort(self, error: Broken | TimedOut | None = None) -> None:
        if self._exchange is not None:
            self._exchange.fail(error or Broken("given up"))
        self._transport.abort()
        self._let_go(reusable=False)

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()

    def serves(self, exchange: Exchange) -> bool:
        return self._exchange is exchange

    def _settle(self) -> None:
        if self._exchange is not None and self._exchange.complete and not self._uploading:
            reusable = self._reusable and not self._cut
            if not reusable:
                self._transport.close()
            self._let_go(reusable=reusable)

    def _let_go(self, *, reusable: bool) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        if self._exchange is not None:
            self._let_read(True)
            self._exchange = None
            self._free(self, reusable)

    def _let_read(self, reading: bool) -> None:
        if reading != self._reading and not self._transport.is_closing():
            self._reading = reading
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    # -- asyncio.Protocol --

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._reading = True
        self._transport.set_write_buffer_limits(high=WRITE_ROOM)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None or exchange.complete:
            self.abort()  # nobody asked for this; it must not be taken for the next answer
            return
        first, self._received = not self._received, self._received + len(data)
        if self._left:
            self._add_plain(exchange, data)
        elif first and exchange.method != "HEAD" and (found := plain.read(data)):
            self._left = found.length
            exchange.begin(found.status, found.fields)
            self._add_plain(exchange, data[found.end :])
        else:
            self._parse(exchange, data)
        self._settle()

    def _add_plain(self, exchange: Exchange, data: bytes) -> None:
        """Of a body of so many bytes."""
        piece = data[: self._left]
        self._left -= len(piece)
        if piece:
            exchange.add(piece)
        if not self._left:
            self._at_rest, self._reusable = True, len(piece) == len(data)
            exchange.end()

    def _parse(self, exchange: Exchange, data: bytes) -> None:
        self._no_body += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.abort(Broken("switched protocols"))
        except httptools.HttpParserError as error:
            self.abort(Broken(f"no HTTP: {error}"))
        else:
            if self._no_body > MAX_HEAD and not exchange.complete:
                self.abort(Broken("too much that is no body"))

    def eof_received(self) -> None:
        """The transport closes itself."""

    def connection_lost(self, error: Exception | None) -> None:
        self._writable.set()
        exchange = self._exchange
        if exchange is None:
            return
        if self._spare is not None and not exchange.begun:
            self._read_what_is_left(self._spare)
        if error is None and exchange.begun and self._until_closed and not exchange.complete:
            exchange.end()
        if not exchange.complete:
            exchange.fail(Broken(f"closed: {error}", nothing_received=self._received == 0))
        self._let_go(reusable=False)

    def _read_what_is_left(self, spare: socket.socket) -> None:
        spare.setblocking(False)
        with suppress(OSError):
            while self._exchange is not None and (data := spare.recv(65536)):
                self.data_received(data)

    # -- httptools --

    def on_message_begin(self) -> None:
        self._fields, self._size = [], 0
        if self._exchange is None or self._exchange.begun:  # an answer too many
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._exchange is not None and not self._exchange.begun:  # else a trailer
            self._fields.append((name.lower(), value))
            self._size += len(name) + len(value)

    def on_headers_complete(self) -> None:
        exchange = self._exchange
        if exchange is None or exchange.begun:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > MAX_INTERIM:
                self.abort(Broken(f"interim answers: {status}"))
            return
        framing = [field for field in self._fields if field[0] in _FRAMING]
        if self._size > MAX_HEAD or status > 599 or not (_is_framed_by_one(framing) and _are_fields(self._fields)):
            self.abort(Broken("the head cannot be taken"))
            return
        self._no_body = 0
        self._until_closed = not framing
        exchange.begin(status, self._fields)
        if exchange.method == "HEAD":  # llhttp would wait for a body
            self._end(exchange)

    def on_body(self, piece: bytes) -> None:
        exchange = self._exchange
        if exchange is None or exchange.complete:
            self._reusable = False
        else:
            self._no_body = 0
            exchange.add(piece)

    def on_message_complete(self) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.begun and not exchange.complete:
            self._at_rest = True  # the parser has read a message to its end, and can read another
            self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        self._reusable = self._parser.should_keep_alive()  # which only here says the truth
        exchange.end()


_FRAMING = (b"content-length", b"transfer-encoding")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_IN_VALUES = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])


def _is_framed_by_one(fields: Fields) -> bool:
    """llhttp refuses two lengths, and a length beside chunks; other codings than chunks we cannot undo."""
    return all(value.strip().lower() == b"chunked" for name, value in fields if name == b"transfer-encoding")


def _are_fields(fields: Fields) -> bool:
    """Names that are some, and values without control characters."""
    return all(_NAME.fullmatch(name) for name, _ in fields) and not b"".join([value for _, value in fields]).translate(None, _IN_VALUES)


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)
