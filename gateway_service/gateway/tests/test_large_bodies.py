"""Bodies that are too large or packed: refused before they are read, without being gathered."""

from collections.abc import Callable

import pytest

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer, Wire

MIB = 1 << 20


async def too_large(exchange: Exchange) -> None:
    """As a service does: by the head alone, and it reads no more."""
    await exchange.answer(b"HTTP/1.1 413 Too Large\nContent-Length: 5\nConnection: close", b"large")
    exchange.keep_open = False


@pytest.mark.short_way
@pytest.mark.parametrize("size", [10 * MIB, 101 * MIB, 1 << 40])
@pytest.mark.parametrize("expect", [False, True], ids=["at once", "100-continue"])
def test_what_a_service_refuses_by_its_length_is_not_read(
    gateway: Gateway, token: str, upstream: Upstream, size: int, expect: bool
) -> None:
    """The answer comes while most of the body has not been sent."""
    upstream.handlers["/clientes/x"] = too_large
    before = gateway.worker.memory_info().rss
    with Wire(gateway.port, token, timeout=5) as wire:
        wire.send(
            wire.head("POST", "/gateway/clientes/x", [("Content-Length", str(size)), *([("Expect", "100-continue")] if expect else [])])
        )
        if expect:
            assert wire.sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(bytes(MIB))
        answer = wire.answer("POST")
        assert (answer.status, answer.body) == (413, b"large")
    assert gateway.worker.memory_info().rss - before < 20 * MIB


@pytest.mark.short_way
@pytest.mark.parametrize("length", ["1" + "0" * 15, "18446744073709551616", "9" * 400])
def test_a_length_that_is_no_number_to_some_is_refused(wire: Wire, upstream: Upstream, length: str) -> None:
    wire.send(wire.head("POST", "/gateway/clientes/x", [("Content-Length", length)]) + b"{}")
    wire.sock.settimeout(5)
    answer = wire.answer("POST")
    assert (answer.status, answer.codigo) == (413, "corpo_grande_demais")
    assert upstream.requests == []


@pytest.mark.short_way
@pytest.mark.parametrize(
    ("fields", "credentials", "status"),
    [([("Content-Encoding", "gzip")], None, 415), ([], "bad", 401), ([], "", 401), ([("If-Match", "a"), ("If-Match", "b")], None, 400)],
)
def test_what_the_gateway_refuses_by_the_head_is_not_even_asked_for(
    wire: Wire, upstream: Upstream, fields: list[tuple[str, str]], credentials: str | None, status: int
) -> None:
    """Who waits for a 100 gets the answer instead."""
    head = [*fields, ("Content-Length", str(100 * MIB)), ("Expect", "100-continue")]
    wire.send(wire.head("POST", "/gateway/clientes/x", head, token=credentials))
    wire.sock.settimeout(5)
    assert wire.answer("POST").status == status
    assert upstream.requests == []


def test_a_packed_body_is_not_unpacked(ask: Callable[..., Answer], upstream: Upstream) -> None:
    assert ask("POST", "/gateway/clientes", [("Content-Encoding", "gzip")], b"\x1f\x8b" + bytes(MIB)).status == 415
    assert upstream.requests == []
