"""Services that answer what they should not: stripped, refused or cut, and the next request gets its own answer."""

import asyncio
import gzip
import http.client
import time
from collections.abc import Callable

import pytest

from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Handler, Upstream
from gateway.tests.wire import Answer, Wire

X = "/gateway/clientes/x"
OK = b"HTTP/1.1 200 OK\r\n"
NEXT = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
ROUNDS = 10  # of each evil answer: so often a request after it has to get its own

_STATUS_LINES = b"HTTP/1.1 99 X|HTTP/1.1 600 X|HTTP/1.1 999 X|HTTP/1.1 1000 X|HTTP/1.1 20 X|HTTP/1.1 -200 X".split(b"|")
_STATUS_LINES += b"HTTP/1.1 abc X|HTTP/1.1|HTTP/1.1200 OK".split(b"|")
_STATUS_LINES += (
    b"HTTP/9.9 200 OK|HTTP/1 200 OK|ICY 200 OK|http/1.1 200 OK|HTTP/1.1  200 OK|SSH-2.0-x|\x16\x03\x01\x02|<html>|\0|200 OK".split(b"|")
)
_FIELDS = [
    b"Bad Name: 1",
    b": 1",
    b"X",
    b"X : 1",
    b"X: a\0b",
    b"X: a\rb",
    b"X: a\rSet-Cookie: evil=1",
    b"X\xe9: 1",
    b"X: \x01",
    b"X: \x7f",
    b"(: 1",
]
_LENGTHS = [
    b"-1",
    b"+4",
    b"0x4",
    b"4 4",
    b"4, 4",
    b"4, 5",
    b"4;",
    b"4.0",
    b"99999999999999999999",
    b"4\r\nContent-Length: 4",
    b"4\r\nContent-Length: 5",
]
_LENGTHS += [b"4\r\nTransfer-Encoding: chunked", b"4\r\nTransfer-Encoding: identity", b"\xef\xbc\x94", b"4\x0b"]
_CODINGS = [
    b"gzip",
    b"identity",
    b"xchunked",
    b"chunked, gzip",
    b"gzip, chunked",
    b"chunked, chunked",
    b"chunked;q=1",
    b"\x0bchunked",
    b"chunked\r\nTransfer-Encoding: gzip",
]
_CHUNKS = [
    b"zz\r\nevil\r\n0\r\n\r\n",
    b"-4\r\nevil\r\n0\r\n\r\n",
    b"0x4\r\nevil\r\n0\r\n\r\n",
    b"4\r\nevilevil\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\nevil",
]
_CHUNKS += [b"4\nevil\n0\n\n", b"4\r\nev", b"4\r\nevil\r\n0\r\nX\r\n\r\n", b"\r\n\r\n"]

EVIL: dict[str, bytes] = {
    **{f"status {line!r}": line + b"\r\nContent-Length: 0\r\n\r\n" for line in _STATUS_LINES},
    **{f"field {text!r}": OK + text + b"\r\nContent-Length: 0\r\n\r\n" for text in _FIELDS},
    **{f"length {text!r}": OK + b"Content-Length: " + text + b"\r\n\r\nevilevil" for text in _LENGTHS},
    **{f"coding {text!r}": OK + b"Transfer-Encoding: " + text + b"\r\n\r\n4\r\nevil\r\n0\r\n\r\n" for text in _CODINGS},
    **{f"chunks {text[:16]!r}": OK + b"Transfer-Encoding: chunked\r\n\r\n" + text for text in _CHUNKS},
    "body too short": OK + b"Content-Length: 9\r\n\r\nevil",
    "body too long": OK + b"Content-Length: 2\r\n\r\nokevil",
    "two answers": OK + b"Content-Length: 2\r\n\r\nok" + NEXT,
    "204 with an answer": b"HTTP/1.1 204 X\r\n\r\n" + NEXT,
    "304 with an answer": b"HTTP/1.1 304 X\r\nContent-Length: 4\r\n\r\n" + NEXT,
    "chunks and an answer": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + NEXT,
    "interim and nothing": b"HTTP/1.1 100 Continue\r\n\r\n",
    "interim with a length": b"HTTP/1.1 103 Hint\r\nContent-Length: 4\r\n\r\nevil" + NEXT,
    "interim storm": b"HTTP/1.1 103 Hint\r\nX: evil\r\n\r\n" * 5000,
    "switching": b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI * HTTP/2.0\r\n\r\nevil",
    "nothing": b"",
    "head without end": OK + b"X: evil\r\n" * 20_000,
    "value without end": OK + b"X: " + b"evil" * 40_000,
}


def answering(data: bytes, *, keep: bool) -> Handler:
    async def handler(exchange: Exchange) -> None:
        await exchange.read_body()
        await exchange.send(data)
        exchange.keep_open = keep

    return handler


def asked(wire: Wire, method: str) -> Answer | None:
    """None when the answer was cut, as one of which a part was handed on already has to be."""
    try:
        return wire.ask(method, X, body=b"{}" if method == "POST" else None)
    except (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError):
        return None


@pytest.mark.parametrize("name", EVIL)
def test_after_an_evil_answer_the_next_request_gets_its_own(gateway: Gateway, token: str, upstream: Upstream, name: str) -> None:
    """The service closes each time: a gateway that waits for more must not be waited for here."""
    upstream.handlers["/clientes/x"] = answering(EVIL[name], keep=False)
    wire = Wire(gateway.port, token)
    for number in range(ROUNDS):
        answer = asked(wire, ("GET", "POST", "HEAD")[number % 3])
        if answer is None or answer.will_close:
            wire.sock.close()
            wire = Wire(gateway.port, token)
        if answer is not None and answer.status >= 500 and number % 3 != 2:
            assert answer.codigo == "resposta_invalida"
        if answer is not None:
            assert not [value for field, value in answer.fields if "evil" in value or field in ("transfer-encoding ", "upgrade")]
        fair = wire.ask("GET", f"/gateway/clientes/fair/{number}")
        assert fair.json()["target"] == f"/clientes/fair/{number}"
    wire.sock.close()


KEPT = {
    "too long": OK + b"Content-Length: 2\r\n\r\nokevil",
    "two answers": OK + b"Content-Length: 2\r\n\r\nok" + NEXT,
    "204 and one": b"HTTP/1.1 204 X\r\n\r\n" + NEXT,
    "304 and one": b"HTTP/1.1 304 X\r\n\r\n" + NEXT,
    "chunks and one": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + NEXT,
}


@pytest.mark.parametrize("late", [False, True], ids=["at once", "a moment later"])
@pytest.mark.parametrize("name", KEPT)
def test_an_answer_nobody_asked_for_is_nobodys(wire: Wire, upstream: Upstream, name: str, late: bool) -> None:
    """On a connection that the service keeps open for the next request."""
    asked_for = KEPT[name].removesuffix(NEXT).removesuffix(b"evil")

    async def handler(exchange: Exchange) -> None:
        await exchange.read_body()
        await exchange.send(asked_for if late else KEPT[name])
        if late:
            await asyncio.sleep(0.01)
            await exchange.send(NEXT)
            upstream.event(str(exchange.seen.target)).set()

    upstream.handlers["/clientes/x"] = handler
    for number in range(50):
        first = wire.ask("GET", f"{X}?{number}")
        if late:
            assert upstream.event(str(f"/clientes/x?{number}".encode())).wait(5)
            time.sleep(0.02)
        assert (first.status, first.body) in ((200, b"ok"), (204, b""), (304, b""), (502, first.body))
        assert wire.ask("GET", f"/gateway/clientes/fair/{number}").json()["target"] == f"/clientes/fair/{number}"


def test_a_bomb_is_handed_on_as_it_came(gateway: Gateway, wire: Wire, upstream: Upstream) -> None:
    """Nobody on the way unpacks it."""
    bomb = gzip.compress(bytes(64 << 20))
    before = gateway.worker.memory_info().rss
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    upstream.handlers["/clientes/x"] = answering(head + bomb, keep=True)
    assert wire.ask("GET", X).body == bomb
    assert gateway.worker.memory_info().rss - before < 16 << 20


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/meta-data/", "//evil.example/", "https://evil.example/", "file:///etc/passwd"]
)
def test_a_redirect_is_the_clients_to_follow(ask: Callable[..., Answer], upstream: Upstream, location: str) -> None:
    upstream.handlers["/clientes/x"] = answering(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % location.encode(), keep=True
    )
    answer = ask("GET", X)
    assert (answer.status, answer.values("location")) == (302, [location])
    assert len(upstream.requests) == 1
