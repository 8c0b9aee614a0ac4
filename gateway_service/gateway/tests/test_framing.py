"""Messages whose end two readers could see in different places. gunicorn refuses most; none may reach a service."""

import pytest

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Wire

# an address that asks for no token: only who reads it as a request decides
CANARY = b"GET /publico/clientes/canary HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

SMUGGLES = {
    "cl.te": [b"Content-Length: 6", b"Transfer-Encoding: chunked"],
    "te.cl": [b"Transfer-Encoding: chunked", b"Content-Length: 6"],
    "two lengths": [b"Content-Length: 5", b"Content-Length: 6"],
    "two equal lengths": [b"Content-Length: 5", b"Content-Length: 5"],
    "list of lengths": [b"Content-Length: 5, 5"],
    "signed length": [b"Content-Length: +5"],
    "negative length": [b"Content-Length: -5"],
    "hex length": [b"Content-Length: 0x5"],
    "length with underscore": [b"Content-Length: 1_0"],
    "empty length": [b"Content-Length:"],
    "space before colon": [b"Content-Length : 5"],
    "te space before colon": [b"Transfer-Encoding : chunked"],
    "te vertical tab": [b"Transfer-Encoding: \x0bchunked"],
    "te null": [b"Transfer-Encoding: chunked\x00"],
    "te quoted": [b'Transfer-Encoding: "chunked"'],
    "te unknown": [b"Transfer-Encoding: xchunked"],
    "te twice": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
    "te chunked twice": [b"Transfer-Encoding: chunked, chunked"],
    "te not last": [b"Transfer-Encoding: chunked, identity"],
    "te identity": [b"Transfer-Encoding: identity"],
    "te gzip": [b"Transfer-Encoding: gzip"],
    "te comma": [b"Transfer-Encoding: ,chunked,"],
    "folded te": [b"X: 1\r\n Transfer-Encoding: chunked"],
    "folded value": [b"Transfer-Encoding:\r\n chunked"],
    "bare lf": [b"X: 1\nTransfer-Encoding: chunked"],
    "bare cr": [b"X: 1\rTransfer-Encoding: chunked"],
    "no colon": [b"Transfer-Encoding chunked"],
    "empty name": [b": chunked"],
    "name with space": [b"Transfer Encoding: chunked"],
    "leading space": [b" Content-Length: 5"],
}


@pytest.mark.parametrize("name", SMUGGLES)
def test_ambiguous_framing_smuggles_nothing(gateway: Gateway, token: str, upstream: Upstream, name: str) -> None:
    fields = b"\r\n".join([b"Host: 127.0.0.1", b"Authorization: Bearer " + token.encode(), *SMUGGLES[name]])
    with Wire(gateway.port) as wire:
        wire.send(b"POST /gateway/clientes HTTP/1.1\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + CANARY)
        assert wire.answer("POST").status in (400, 501)
        assert wire.rest() == b""
    assert upstream.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"5;a=\rb\r\nhello\r\n0\r\n\r\n",
        b"0\r\nContent-Length: 5\r\n\r\nhello",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_broken_chunks_smuggle_nothing(gateway: Gateway, token: str, upstream: Upstream, body: bytes) -> None:
    with Wire(gateway.port, token) as wire:
        wire.sock.settimeout(4)
        wire.send(wire.head("POST", "/gateway/clientes", [("Transfer-Encoding", "chunked")]) + body + CANARY)
        try:
            wire.rest()
        except TimeoutError:
            pytest.fail("the gateway waits for more of a body that is broken")
    assert not any(seen.whole or b"canary" in seen.target for seen in upstream.requests)


@pytest.mark.parametrize(
    "line",
    [
        b"GET /gateway/clientes HTTP/1.0",
        b"GET /gateway/clientes HTTP/0.9",
        b"GET /gateway/clientes HTTP/2.0",
        b"GET /gateway/clientes HTTP/1.2",
        b"GET /gateway/clientes",
        b"GET  /gateway/clientes HTTP/1.1",
        b"get /gateway/clientes HTTP/1.1",
        b"GET\t/gateway/clientes HTTP/1.1",
        b"G=T /gateway/clientes HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_other_request_lines_reach_nobody(gateway: Gateway, token: str, upstream: Upstream, line: bytes) -> None:
    with Wire(gateway.port) as wire:
        wire.send(line + f"\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        assert wire.answer().status in (400, 501, 505)
    assert upstream.requests == []


@pytest.mark.short_way
def test_upgrade_is_not_offered(wire: Wire, upstream: Upstream) -> None:
    fields = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "eA" * 11 + "==")]
    assert wire.ask("GET", "/gateway/clientes", fields).status == 403
    assert upstream.requests == []


def test_cleartext_http2_is_not_offered(wire: Wire, upstream: Upstream) -> None:
    answer = wire.ask(
        "GET", "/gateway/clientes", [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
    )
    assert answer.status == 200
    assert not upstream.requests[0].values("upgrade")


def test_too_many_and_too_large_fields_are_refused(gateway: Gateway, upstream: Upstream, token: str) -> None:
    for fields in ([(f"X-{n}", "1") for n in range(200)], [("X", "a" * 20_000)]):
        with Wire(gateway.port, token) as wire:
            assert wire.ask("GET", "/gateway/clientes", fields).status == 431
    assert upstream.requests == []
