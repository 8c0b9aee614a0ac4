"""Bodies of any size pass through without being gathered, at the pace of the slower side."""

import asyncio
import hashlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Handler, Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]
MIB = 1 << 20
SIZE = 100 * MIB  # more than a kernel holds between two processes (net.ipv4.tcp_rmem)
PIECE = hashlib.sha256(b"crm").digest() * 2048  # 64 KiB
DIGEST = hashlib.sha256(PIECE * (SIZE // len(PIECE))).hexdigest()
ROOM = 5 * MIB  # what the gateway may grow by


class Memory:
    """The highest resident size of a process while the block runs, against the size before."""

    def __init__(self, gateway: Gateway) -> None:
        self._worker = gateway.worker
        self._done = threading.Event()
        self._peak = self._before = self._worker.memory_info().rss

    def __enter__(self) -> "Memory":
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._done.wait(0.01):
            self._peak = max(self._peak, self._worker.memory_info().rss)

    @property
    def growth(self) -> int:
        print(f"grew by {(self._peak - self._before) / MIB:.1f} MiB")  # noqa: T201
        return self._peak - self._before


def sending(head: bytes, *, chunked: bool = False) -> Handler:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(head)
        for _ in range(SIZE // len(PIECE)):
            await exchange.send(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        if chunked:
            await exchange.send(b"0\r\n\r\n")

    return handler


@pytest.fixture(scope="module")
def gateway(run_gateway: Callable[..., Gateway], services: dict[str, str]) -> Gateway:
    """One of its own: memory is measured, and a busy machine must not look like a slow service."""
    return run_gateway(**services | {"GATEWAY_READ_TIMEOUT": "30", "GATEWAY_CLIENT_TIMEOUT": "60"})


@pytest.fixture
def warm(gateway: Gateway, wire: Wire, upstream: Upstream) -> Gateway:
    """A gateway whose buffers have their usual size, so that growth means this request's."""
    upstream.handlers["/clientes/warm"] = sending(b"HTTP/1.1 200 OK\nContent-Length: %d" % SIZE)
    wire.ask("GET", "/gateway/clientes/warm")
    wire.ask("POST", "/gateway/clientes", body=PIECE * 64)
    upstream.requests.clear()
    return gateway


@pytest.mark.parametrize(
    ("head", "chunked"),
    [(b"HTTP/1.1 200 OK\nContent-Length: %d" % SIZE, False), (b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked", True)],
    ids=["length", "chunked"],
)
def test_download_of_50_mib(warm: Gateway, wire: Wire, upstream: Upstream, head: bytes, chunked: bool) -> None:
    upstream.handlers["/clientes/x"] = sending(head, chunked=chunked)
    with Memory(warm) as memory:
        answer = wire.ask("GET", "/gateway/clientes/x")
    assert hashlib.sha256(answer.body).hexdigest() == DIGEST
    assert memory.growth < ROOM


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_upload_of_50_mib(warm: Gateway, wire: Wire, upstream: Upstream, framing: str, door: str) -> None:
    chunked = framing == "chunked"
    wire.send(wire.head("POST", "/gateway/clientes", [("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(SIZE))]))
    with Memory(warm) as memory:
        for _ in range(SIZE // len(PIECE)):
            wire.send(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        wire.send(b"0\r\n\r\n" if chunked else b"")
        answer = wire.answer("POST")
    assert answer.json()["body_sha256"] == DIGEST
    assert upstream.requests[0].framing == framing
    assert memory.growth < (ROOM if door == "application" else 2 * ROOM)  # Django spools: 2.5 MiB stay in memory
    assert wire.ask("GET", "/gateway/clientes").status == 200


def test_stalled_client_holds_the_service_back_and_not_the_memory(warm: Gateway, token: str, upstream: Upstream) -> None:
    sent = 0

    async def handler(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: %d" % SIZE)
        for _ in range(SIZE // len(PIECE)):
            await exchange.send(PIECE)
            sent += len(PIECE)

    upstream.handlers["/clientes/x"] = handler
    with Wire(warm.port, token) as wire, Memory(warm) as memory:
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        wire.send(wire.head("GET", "/gateway/clientes/x"))
        time.sleep(1.5)
        stalled_at = sent
        assert stalled_at < SIZE // 2
        assert hashlib.sha256(wire.answer().body).hexdigest() == DIGEST
    assert memory.growth < ROOM


@pytest.mark.short_way
def test_slow_service_holds_the_client_back(warm: Gateway, wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        exchange.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not upstream.event("go").is_set():
            await asyncio.sleep(0.02)
        exchange.writer.transport.resume_reading()  # type: ignore[attr-defined]
        await exchange.read_body()
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 0")

    upstream.handlers["/clientes/x"] = handler
    sent = 0

    def upload() -> None:
        nonlocal sent
        for _ in range(SIZE // len(PIECE)):
            wire.send(PIECE)
            sent += len(PIECE)

    wire.send(wire.head("POST", "/gateway/clientes/x", [("Content-Length", str(SIZE))]))
    with Memory(warm) as memory:
        uploader = threading.Thread(target=upload)
        uploader.start()
        time.sleep(1.0)
        assert sent < SIZE // 2
        upstream.event("go").set()
        uploader.join(10)
        assert wire.answer("POST").status == 200
    assert upstream.requests[0].body_sha256 == DIGEST
    assert memory.growth < ROOM


@pytest.mark.short_way
def test_upload_streams_piece_by_piece(wire: Wire, upstream: Upstream) -> None:
    """The service reads the first piece before the client has sent the second."""

    async def handler(exchange: Exchange) -> None:
        async for piece in exchange.pieces():
            upstream.event(piece.decode()).set()
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 0")

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("POST", "/gateway/clientes/x", [("Transfer-Encoding", "chunked")]))
    for piece in ("one", "two", "three"):
        wire.send(b"%x\r\n%s\r\n" % (len(piece), piece.encode()))
        assert upstream.event(piece).wait(2)
    wire.send(b"0\r\nX-Trailer: 1\r\n\r\n")
    assert wire.answer("POST").status == 200


def test_download_streams_piece_by_piece(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked")
        for piece in (b"one", b"two"):
            await exchange.send(b"3\r\n" + piece + b"\r\n")
            while not upstream.event(piece.decode()).is_set():
                await asyncio.sleep(0.01)
        await exchange.send(b"0\r\n\r\n")

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("GET", "/gateway/clientes/x"))
    data = b""
    for piece in (b"one", b"two"):
        while piece not in data:
            data += wire.sock.recv(4096)
        upstream.event(piece.decode()).set()
    while not data.endswith(b"0\r\n\r\n"):
        data += wire.sock.recv(4096)


@pytest.mark.short_way
def test_answer_before_the_end_of_the_body_arrives(wire: Wire, upstream: Upstream) -> None:
    """A service may refuse an upload at its head."""

    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 413 Too Large\nContent-Length: 5", b"large")
        await exchange.read_body()

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("POST", "/gateway/clientes/x", [("Content-Length", str(4 * MIB))]) + bytes(2 * MIB))
    answer = wire.answer("POST")
    assert (answer.status, answer.body) == (413, b"large")


def test_refusal_arrives_though_the_service_closes_on_the_upload(gateway: Gateway, token: str, upstream: Upstream) -> None:
    """gunicorn does so: it answers, and resets the connection on which the rest is still being written."""

    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 403 Forbidden\nContent-Length: 4\nConnection: close", b"nope")
        exchange.keep_open = False

    upstream.handlers["/clientes/x"] = handler
    for _ in range(30):
        with Wire(gateway.port, token) as wire:
            answer = wire.ask("POST", "/gateway/clientes/x", body=bytes(3 * MIB))
            assert (answer.status, answer.body) == (403, b"nope")


@pytest.mark.short_way
def test_answer_and_body_may_stream_at_the_same_time(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked")
        async for piece in exchange.pieces():
            await exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        await exchange.send(b"0\r\n\r\n")

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("POST", "/gateway/clientes/x", [("Transfer-Encoding", "chunked")]))
    received = b""
    for piece in (b"one", b"two", b"six"):
        wire.send(b"3\r\n%s\r\n" % piece)
        while piece not in received:
            received += wire.sock.recv(4096)
    wire.send(b"0\r\n\r\n")
    while not received.endswith(b"0\r\n\r\n"):
        received += wire.sock.recv(4096)


def test_refused_upload_gets_its_answer(ask: Ask, upstream: Upstream) -> None:
    for _ in range(5):
        assert ask("POST", "/gateway/clientes", body=bytes(6 * MIB), token="bad").status == 401
    assert upstream.requests == []
