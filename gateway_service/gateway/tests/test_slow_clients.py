"""Clients that dawdle: many of them leave the others untouched."""

import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Wire

MANY = 500


def test_500_that_never_finish_their_head_leave_the_others_untouched(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, token: str
) -> None:
    """And none of them reaches a service, or keeps the gateway from ending."""
    gateway = run_gateway(**services)
    before = gateway.worker.memory_info().rss
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(MANY)]
    for dawdler in slow:
        dawdler.sendall(b"POST /gateway/clientes HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
    with Wire(gateway.port, token) as wire:
        for number in range(100):
            slow[number].sendall(b"a")
            assert wire.ask("GET", "/gateway/clientes").status == 200
    assert not [seen for seen in upstream.requests if (seen.method, seen.target) == ("POST", b"/clientes")]
    assert gateway.worker.memory_info().rss - before < 32 << 20
    for dawdler in slow:
        dawdler.close()


@pytest.mark.parametrize("sent", [b"", b"GET /gateway/clientes HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "], ids=["nothing", "half a head"])
def test_who_never_finishes_a_head_is_cut_off(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, token: str, sent: bytes
) -> None:
    """Who has asked before may wait."""
    gateway = run_gateway(**services | {"GATEWAY_HEAD_TIMEOUT": "1"})
    with socket.create_connection(("127.0.0.1", gateway.port), 20) as slow, Wire(gateway.port, token) as busy:
        assert busy.ask("GET", "/gateway/clientes").status == 200
        upstream.requests.clear()
        slow.sendall(sent)
        with suppress(ConnectionError):
            assert slow.recv(1) == b""
        assert upstream.requests == []
        assert busy.ask("GET", "/gateway/clientes").status == 200
    gateway.end()


def test_many_that_do_not_read_leave_the_others_untouched(gateway: Gateway, upstream: Upstream, token: str) -> None:
    """As many as half of the connections that the gateway holds to one service."""

    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: %d" % (32 << 20))
        for _ in range(512):
            await exchange.send(bytes(65536))

    upstream.handlers["/clientes/x"] = handler
    stalled = [Wire(gateway.port, token) for _ in range(32)]
    for wire in stalled:
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        wire.send(wire.head("GET", "/gateway/clientes/x"))
    with Wire(gateway.port, token) as wire:
        for _ in range(30):
            assert wire.ask("GET", "/gateway/clientes/y").status == 200
    for wire in stalled:
        wire.sock.close()


@pytest.mark.short_way
@pytest.mark.parametrize(("length", "sent"), [(1000, 10), (1 << 20, 100_000)])
def test_many_that_dawdle_with_their_body_leave_the_others_untouched(
    gateway: Gateway, upstream: Upstream, token: str, length: int, sent: int
) -> None:
    """More than there are connections to one service."""
    slow = [Wire(gateway.port, token) for _ in range(80)]
    for wire in slow:
        wire.send(wire.head("POST", "/gateway/clientes/x", [("Content-Length", str(length))]) + bytes(sent))
    with Wire(gateway.port, token) as wire:
        for _ in range(30):
            assert wire.ask("POST", "/gateway/clientes/y", body=b"{}").status == 200
    for wire in slow:
        wire.sock.close()
