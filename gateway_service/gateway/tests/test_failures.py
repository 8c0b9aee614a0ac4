"""A service that is down, slow or broken: what the client is told, and how often the service was asked."""

import asyncio
import http.client
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from gateway.tests.conftest import CLIENT_TIMEOUT, READ_TIMEOUT, Gateway
from gateway.tests.upstream_server import Exchange, Handler, Upstream
from gateway.tests.wire import Answer, Wire
from gateway.upstream.pool import CONNECTIONS

Ask = Callable[..., Answer]
X = "/gateway/clientes/x"


def answering(data: bytes, *, then: str = "close") -> Handler:
    """Sends `data` as it is, and then closes, resets or waits."""

    async def handler(exchange: Exchange) -> None:
        await exchange.read_body()
        if data:
            await exchange.send(data)
        if then == "wait":
            await exchange.reader.read()
        if then == "reset":
            exchange.reset()
        exchange.keep_open = then == "keep"

    return handler


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_down_is_502(ask: Ask, method: str) -> None:
    answer = ask(method, "/gateway/tarefas", body=b"{}" if method == "POST" else None)
    assert answer.status == 502
    assert answer.values("retry-after")
    if method != "HEAD":
        assert answer.codigo == "servico_indisponivel"


def test_unreachable_is_503_and_quick(ask: Ask) -> None:
    started = time.monotonic()
    answer = ask("GET", "/gateway/automacao")
    assert (answer.status, answer.codigo) == (503, "servico_indisponivel")
    assert answer.values("retry-after")
    assert time.monotonic() - started < READ_TIMEOUT


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_silence_is_504(ask: Ask, upstream: Upstream, method: str) -> None:
    upstream.handlers["/clientes/x"] = answering(b"", then="wait")
    started = time.monotonic()
    answer = ask(method, X, body=b"{}" if method == "POST" else None)
    assert (answer.status, answer.codigo) == (504, "servico_nao_respondeu")
    assert answer.values("retry-after")
    assert READ_TIMEOUT * 0.9 < time.monotonic() - started < READ_TIMEOUT + 1.5
    assert len(upstream.requests) == 1


def test_silence_within_the_head_is_504(ask: Ask, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(b"HTTP/1.1 200 OK\r\nContent-Le", then="wait")
    assert ask("GET", X).codigo == "servico_nao_respondeu"


def test_service_that_does_not_take_the_body_is_504(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        exchange.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not upstream.event("end").is_set():
            await asyncio.sleep(0.05)
        exchange.reset()

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("POST", X, [("Content-Length", str(64 << 20))]))
    wire.sock.settimeout(READ_TIMEOUT + 3)
    try:
        for _ in range(64):
            wire.send(bytes(1 << 20))
    except OSError:
        pass  # the answer is there before the body is out
    assert wire.answer().codigo == "servico_nao_respondeu"
    upstream.event("end").set()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("then", ["close", "reset"])
def test_cut_before_the_first_byte_is_502(ask: Ask, upstream: Upstream, method: str, then: str) -> None:
    upstream.handlers["/clientes/x"] = answering(b"", then=then)
    answer = ask(method, X, body=None if method == "GET" else b"{}")
    assert (answer.status, answer.codigo) == (502, "resposta_invalida")
    assert len(upstream.requests) <= (2 if method == "GET" else 1)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/pl",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nBad Name: 1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_answer_is_502(ask: Ask, upstream: Upstream, method: str, data: bytes) -> None:
    upstream.handlers["/clientes/x"] = answering(data)
    answer = ask(method, X, body=b"{}" if method == "POST" else None)
    assert (answer.status, answer.codigo) == (502, "resposta_invalida")
    # empty lines before an answer count for nothing: then a GET may be repeated, if its connection was a reused one
    assert len(upstream.requests) <= (2 if method == "GET" and not data.strip() else 1)


HEADS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 50,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello",
    "after head": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
}


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("kind", HEADS)
def test_cut_body_does_not_look_whole(wire: Wire, upstream: Upstream, kind: str, then: str) -> None:
    """Cut too, or 502 when the end came before anything of the answer was handed on."""
    upstream.handlers["/clientes/x"] = answering(HEADS[kind], then=then)
    wire.send(wire.head("GET", X))
    with suppress(http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionResetError):
        assert wire.answer().codigo == "resposta_invalida"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "endless",
    [b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20_000, b"HTTP/1.1 103 Hint\r\n\r\n" * 5_000],
    ids=["value", "fields", "interim"],
)
def test_head_without_end_is_502(ask: Ask, upstream: Upstream, endless: bytes) -> None:
    upstream.handlers["/clientes/x"] = answering(endless, then="wait")
    assert ask("GET", X).codigo == "resposta_invalida"


def test_head_in_drops_is_504(ask: Ask, upstream: Upstream) -> None:
    """Each byte comes in time; the head as a whole does not."""

    async def handler(exchange: Exchange) -> None:
        exchange.keep_open = False
        with suppress(ConnectionError):
            for byte in b"HTTP/1.1 200 OK\r\nX: " + bytes(100):
                await exchange.send(bytes([byte]))
                await asyncio.sleep(READ_TIMEOUT / 10)

    upstream.handlers["/clientes/x"] = handler
    started = time.monotonic()
    assert ask("GET", X).codigo == "servico_nao_respondeu"
    assert time.monotonic() - started < READ_TIMEOUT + 1.5


@pytest.mark.parametrize("endless", [b"0\r\n" + b"X: a\r\n" * 20_000, b"5;" + b"a" * 100_000], ids=["trailers", "extension"])
def test_what_is_no_body_may_not_go_on_for_ever(wire: Wire, upstream: Upstream, endless: bytes) -> None:
    upstream.handlers["/clientes/x"] = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + endless, then="wait")
    wire.send(wire.head("GET", X))
    with suppress(http.client.IncompleteRead, http.client.RemoteDisconnected):
        assert wire.answer().codigo == "resposta_invalida"


@pytest.mark.short_way
def test_busy_service_is_503_when_no_connection_gets_free(gateway: Gateway, token: str, upstream: Upstream) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 1000000")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(READ_TIMEOUT / 10)

    upstream.handlers["/clientes/x"] = endless
    held = [Wire(gateway.port, token) for _ in range(CONNECTIONS)]
    for wire in held:
        wire.send(wire.head("GET", X))
    assert until(lambda: len(upstream.requests) == CONNECTIONS, 5)
    with Wire(gateway.port, token) as wire:
        assert wire.ask("GET", "/gateway/clientes/y").codigo == "servico_indisponivel"
    for wire in held:
        wire.sock.close()
    with Wire(gateway.port, token) as wire:
        assert until(lambda: wire.ask("GET", "/gateway/clientes/y").status == 200, 5)


def test_nonsense_within_the_chunks_does_not_look_whole(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"5\r\nhello\r\n")
        await asyncio.sleep(0.1)
        await exchange.send(b"zz\r\nhello\r\n0\r\n\r\n")
        exchange.keep_open = False

    upstream.handlers["/clientes/x"] = handler
    wire.send(wire.head("GET", X))
    with suppress(http.client.IncompleteRead):
        assert wire.answer().codigo == "resposta_invalida"


def test_silence_within_the_body_cuts_the_answer(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(HEADS["length"], then="wait")
    wire.send(wire.head("GET", X))
    with pytest.raises(http.client.IncompleteRead):
        wire.answer()


def test_more_than_the_length_says_is_not_the_next_answer(wire: Wire, upstream: Upstream) -> None:
    extra = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    upstream.handlers["/clientes/x"] = answering(extra, then="keep")
    for _ in range(20):
        assert wire.ask("GET", X).body == b"hello"
        assert wire.ask("GET", "/gateway/clientes/y").json()["target"] == "/clientes/y"


def test_body_on_an_answer_without_one_is_not_the_next_answer(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(
        b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", then="keep"
    )
    for method in ("GET", "HEAD", "DELETE") * 7:
        assert wire.ask(method, X).status in (204, 502)
        assert wire.ask("GET", "/gateway/clientes/y").json()["target"] == "/clientes/y"


def test_length_beside_chunks_does_not_count(wire: Wire, upstream: Upstream) -> None:
    """Either the answer as its chunks say or none; never one cut at the other length."""
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    upstream.handlers["/clientes/x"] = answering(data, then="keep")
    answer = wire.ask("GET", X)
    assert answer.body == b"hello" or answer.status == 502
    assert wire.ask("GET", "/gateway/clientes/y").json()["target"] == "/clientes/y"


# -- a reused connection that the service has closed --


def closing_after(first: list[bool]) -> Handler:
    """Reads the second request of a connection and closes without a byte; answers every other."""

    async def handler(exchange: Exchange) -> None:
        await exchange.read_body()
        if first:
            first.clear()
            exchange.keep_open = False
            return
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 2", b"" if exchange.seen.method == "HEAD" else b"ok")

    return handler


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_safe_request_is_repeated_once_on_a_dead_reused_connection(wire: Wire, upstream: Upstream, method: str) -> None:
    wire.ask("GET", "/gateway/clientes")
    upstream.handlers["/clientes/x"] = closing_after([True])
    assert wire.ask(method, X).status == 200
    assert [seen.method for seen in upstream.requests] == ["GET", method, method]
    assert len({seen.connection for seen in upstream.requests}) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("body", [None, b"{}"])
def test_other_requests_are_never_repeated(wire: Wire, upstream: Upstream, method: str, body: bytes | None) -> None:
    wire.ask("GET", "/gateway/clientes")
    upstream.handlers["/clientes/x"] = closing_after([True])
    assert wire.ask(method, X, body=body).codigo == "resposta_invalida"
    assert [seen.method for seen in upstream.requests] == ["GET", method]


def test_get_on_a_fresh_connection_is_not_repeated(wire: Wire, upstream: Upstream) -> None:
    wire.ask("GET", "/gateway/clientes")
    upstream.handlers["/clientes/gone"] = answering(b"", then="close")
    accepted = upstream.accepted
    while upstream.accepted == accepted:
        wire.ask("POST", "/gateway/clientes/gone", body=b"{}")  # takes a pooled connection with it, until there is none
    upstream.requests.clear()
    assert wire.ask("GET", "/gateway/clientes/gone").status == 502
    assert len(upstream.requests) == 1


def test_service_comes_back_without_a_restart_of_the_gateway(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(b"", then="reset")
    for _ in range(5):
        assert wire.ask("GET", X).status == 502
    upstream.handlers.clear()
    assert wire.ask("GET", X).status == 200


def test_silence_of_one_service_leaves_the_others_alone(gateway: Gateway, token: str, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(b"", then="wait")
    slow = [Wire(gateway.port, token) for _ in range(40)]
    for wire in slow:
        wire.send(wire.head("GET", X))
    started = time.monotonic()
    with Wire(gateway.port, token) as wire:
        for _ in range(20):
            assert wire.ask("GET", "/gateway/vendas").status == 200
    assert time.monotonic() - started < READ_TIMEOUT
    for wire in slow:
        assert wire.answer().status == 504
        wire.sock.close()


# -- clients that leave or stall --


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def noticing_the_end(upstream: Upstream, data: bytes = b"", repeat: int = 0) -> Handler:
    """Sends until the gateway closes; one that takes everything is not noticed."""

    async def handler(exchange: Exchange) -> None:
        exchange.keep_open = False
        with suppress(ConnectionError):
            await exchange.send(data)
            for _ in range(repeat):
                await exchange.send(bytes(65536))
            if repeat:
                return
            await exchange.reader.read()
        upstream.event("ended").set()

    return handler


def test_client_that_leaves_while_waiting_ends_the_request(gateway: Gateway, token: str, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = noticing_the_end(upstream)
    with Wire(gateway.port, token) as wire:
        wire.send(wire.head("GET", X))
        assert until(lambda: bool(upstream.requests), 2)
        time.sleep(0.3)
    assert upstream.event("ended").wait(1.0)


def test_client_that_leaves_a_download_ends_it(gateway: Gateway, token: str, upstream: Upstream) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (400 << 20)
    upstream.handlers["/clientes/x"] = noticing_the_end(upstream, head, repeat=6400)
    with Wire(gateway.port, token) as wire:
        wire.send(wire.head("GET", X))
        for _ in range(50):
            assert wire.sock.recv(65536)
    assert upstream.event("ended").wait(1.5)


@pytest.mark.short_way
def test_client_that_leaves_an_upload_ends_it(gateway: Gateway, token: str, upstream: Upstream) -> None:
    for fields, piece in ([("Content-Length", "100000")], b"x" * 500), ([("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n"):
        upstream.reset()

        async def handler(exchange: Exchange) -> None:
            try:
                await exchange.read_body()
            finally:
                upstream.event("ended").set()

        upstream.handlers["/clientes/x"] = handler
        with Wire(gateway.port, token) as wire:
            wire.send(wire.head("POST", X, fields) + piece)
            assert until(lambda: bool(upstream.requests), 2)
        assert upstream.event("ended").wait(1.5)
        assert not upstream.requests[0].whole


def test_stalled_client_is_let_go(gateway: Gateway, token: str, upstream: Upstream) -> None:
    """It must not hold a thread of the service for ever."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 << 20)
    upstream.handlers["/clientes/x"] = noticing_the_end(upstream, head, repeat=1600)
    with Wire(gateway.port, token) as wire:
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        wire.send(wire.head("GET", X))
        assert upstream.event("ended").wait(CLIENT_TIMEOUT + 3)
