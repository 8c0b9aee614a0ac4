"""A service to be proxied, on a bare socket: it records exactly what arrives and can misbehave as told."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Handler = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Seen:
    """One request as it came over the wire."""

    method: str
    target: bytes
    headers: list[tuple[str, str]]
    connection: int
    body_bytes: int = 0
    body_sha256: str = ""
    body: bytes = b""  # the first MiB
    framing: str = "none"
    whole: bool = False

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Exchange:
    """What a handler gets: the request's head, its body still unread, and the socket."""

    seen: Seen
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep_open: bool = True

    async def pieces(self) -> Any:
        length = self.seen.values("content-length")
        if self.seen.values("transfer-encoding") == ["chunked"]:
            self.seen.framing = "chunked"
            while size := int((await self.reader.readuntil(b"\r\n")).strip(), 16):
                yield await self.reader.readexactly(size)
                assert await self.reader.readexactly(2) == b"\r\n"
            assert await self.reader.readexactly(2) == b"\r\n"
        elif length:
            self.seen.framing = "length"
            left = int(length[0])
            while left:
                piece = await self.reader.read(min(left, 65536))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(piece)
                yield piece
        self.seen.whole = True

    async def read_body(self) -> None:
        digest = hashlib.sha256()
        async for piece in self.pieces():
            digest.update(piece)
            self.seen.body_bytes += len(piece)
            if self.seen.body_bytes <= 1 << 20:
                self.seen.body += piece
        self.seen.body_sha256 = digest.hexdigest()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, head: bytes, body: bytes = b"") -> None:
        await self.send(head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """End the connection with RST."""
        self.writer.transport.abort()
        self.keep_open = False


@dataclass
class Upstream:
    """Runs in a thread of its own. `handlers` by path without query; any other path is echoed as JSON."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    jwks: Any = None
    accepted: int = 0  # connections, but for those on which only keys were asked for, as every gateway does now and then
    requests: list[Seen] = field(default_factory=list)
    port: int = 0
    events: dict[str, threading.Event] = field(default_factory=dict)
    _connections: int = 0
    _counted: set[int] = field(default_factory=set)

    def start(self) -> "Upstream":
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()

        async def serve() -> None:
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=512)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.create_task(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(5)
        return self

    def stop(self) -> None:
        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel_all(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        self.handlers.clear()
        self.requests.clear()
        self.events.clear()

    def event(self, name: str) -> threading.Event:
        return self.events.setdefault(name, threading.Event())

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while await self._exchange(reader, writer, number):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        line, *fields = head[:-4].split(b"\r\n")
        method, target, _version = line.split(b" ")
        headers = [tuple(part.strip().decode("latin-1") for part in entry.split(b":", 1)) for entry in fields]
        seen = Seen(method.decode(), target, headers, number)  # type: ignore[arg-type]
        exchange = Exchange(seen, reader, writer)
        path = target.split(b"?")[0].decode()
        if path == "/auth/.well-known/jwks.json":
            await self._json(exchange, self.jwks)
            return True
        if number not in self._counted:
            self._counted.add(number)
            self.accepted += 1
        self.requests.append(seen)
        await self.handlers.get(path, self._echo)(exchange)
        return exchange.keep_open

    async def _echo(self, exchange: Exchange) -> None:
        await exchange.read_body()
        seen = exchange.seen
        answer = {
            "method": seen.method,
            "target": seen.target.decode("latin-1"),
            "headers": seen.headers,
            "body_bytes": seen.body_bytes,
            "body_sha256": seen.body_sha256,
        }
        await self._json(exchange, answer)

    async def _json(self, exchange: Exchange, document: Any) -> None:
        body = json.dumps(document).encode()
        head = b"HTTP/1.1 200 OK\nContent-Type: application/json\nServer: evil/1.0\nContent-Length: %d" % len(body)
        await exchange.answer(head, b"" if exchange.seen.method == "HEAD" else body)
