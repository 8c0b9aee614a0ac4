"""What reaches the service, and what comes back, byte for byte."""

import time
from collections.abc import Callable

import pytest

from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer, Wire
from gateway.upstream.pool import FRESH

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/gateway/clientes", "/clientes"),
        ("/gateway/clientes/", "/clientes/"),
        ("/gateway/clientes?busca=ana", "/clientes?busca=ana"),
        ("/gateway/vendas/funis/0190/quadro/", "/vendas/funis/0190/quadro/"),
        ("/auth/eu", "/auth/eu"),
        ("/auth/.well-known/x", "/auth/.well-known/x"),
        ("/publico/vendas/propostas/9f", "/publico/propostas/9f"),
        ("/publico/vendas", "/publico"),
    ],
)
def test_prefix_leads_to_the_service(ask: Ask, upstream: Upstream, asked: str, served: str) -> None:
    assert ask("GET", asked).json()["target"] == served


@pytest.mark.parametrize(
    "rest",
    [
        "/jos%C3%A9",
        "/Jos%c3%A9%20da%20Silva",
        "/a+b",
        "/~!$&'()*+,=:@-._",
        "/%41%62",
        "/%7E",
        "/...",
        "/.a",
        "/a.",
    ],
)
def test_path_is_not_rewritten(ask: Ask, upstream: Upstream, rest: str) -> None:
    assert ask("GET", "/gateway/clientes" + rest).json()["target"] == "/clientes" + rest


@pytest.mark.parametrize(
    "query",
    [
        "a=%2F&b=%2f",
        "a=1&a=2&a=1",
        "q=a+b%20c",
        "q=%FF%FE%80",
        "q=%",
        "q=%zz%2",
        "a=b?c=d/../e//f",
        "&&=&",
        "q=[1]{2}|3^4`\"<>\\;:@!$'()*,~",
        "%00",
        "ordenar=-criado_em&valor__gte=1000",
        "x=" + "y" * 3800,
    ],
)
def test_query_is_not_rewritten(ask: Ask, upstream: Upstream, query: str) -> None:
    assert ask("GET", "/gateway/clientes?" + query).json()["target"] == "/clientes?" + query


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods_pass(ask: Ask, upstream: Upstream, method: str) -> None:
    assert ask(method, "/gateway/clientes").json()["method"] == method


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "QUERY", "LINK"])
def test_other_methods_do_not(ask: Ask, upstream: Upstream, method: str) -> None:
    answer = ask(method, "/gateway/clientes")
    assert (answer.status, answer.codigo) == (405, "metodo_nao_permitido")
    assert "PATCH" in answer.values("allow")[0]
    assert upstream.requests == []


def test_method_override_is_ignored(ask: Ask, upstream: Upstream) -> None:
    answer = ask("POST", "/gateway/clientes", [("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "DELETE")])
    assert answer.json()["method"] == "POST"
    assert not [name for name, _ in upstream.requests[0].headers if "override" in name.lower()]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_body_passes_with_its_length(ask: Ask, upstream: Upstream, method: str) -> None:
    ask(method, "/gateway/clientes", [("Content-Type", "application/json")], b'{"nome":"Jo\xc3\xa3o\0"}')
    (seen,) = upstream.requests
    assert (seen.body, seen.framing) == (b'{"nome":"Jo\xc3\xa3o\0"}', "length")
    assert seen.values("content-type") == ["application/json"]


def test_empty_body_stays_empty(ask: Ask, upstream: Upstream) -> None:
    ask("POST", "/gateway/clientes", body=b"")
    assert upstream.requests[0].values("content-length") == ["0"]


def test_request_without_body_gets_none(ask: Ask, upstream: Upstream) -> None:
    ask("GET", "/gateway/clientes")
    (seen,) = upstream.requests
    assert not seen.values("content-length")
    assert not seen.values("transfer-encoding")


def test_head_and_body_in_separate_segments(wire: Wire, upstream: Upstream) -> None:
    head = wire.head("POST", "/gateway/clientes", [("Content-Length", "6")])
    for piece in (head[:30], head[30:-2], head[-2:], b"abc", b"def"):
        wire.send(piece)
        upstream.event("never").wait(0.02)
    assert wire.answer().json()["body_bytes"] == 6


def test_expect_continue_is_answered_before_the_body(wire: Wire, upstream: Upstream) -> None:
    wire.send(wire.head("POST", "/gateway/clientes", [("Content-Length", "3"), ("Expect", "100-continue")]))
    assert wire.sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"abc")
    assert wire.answer().json()["body_bytes"] == 3


# -- answers --


def answering(head: bytes, body: bytes = b"") -> Callable[[Exchange], object]:
    async def handler(exchange: Exchange) -> None:
        await exchange.read_body()
        await exchange.answer(head, body)

    return handler


@pytest.mark.parametrize("status", [200, 201, 202, 207, 301, 302, 304, 307, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503])
def test_status_and_location_pass_without_being_followed(ask: Ask, upstream: Upstream, status: int) -> None:
    upstream.handlers["/clientes/x"] = answering(b"HTTP/1.1 %d Whatever\nContent-Length: 0\nLocation: /clientes/1" % status)
    answer = ask("GET", "/gateway/clientes/x")
    assert (answer.status, answer.body) == (status, b"")
    assert answer.values("location") == ["/gateway/clientes/1"]
    assert len(upstream.requests) == 1


def test_body_bytes_pass_undecoded(ask: Ask, upstream: Upstream) -> None:
    body = bytes(range(256)) * 40  # says gzip and is not: nobody on the way may look inside
    upstream.handlers["/clientes/x"] = answering(b"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: %d" % len(body), body)
    answer = ask("GET", "/gateway/clientes/x")
    assert answer.body == body
    assert answer.values("content-encoding") == ["gzip"]
    assert answer.values("content-length") == [str(len(body))]


def test_chunked_answer_arrives_whole(ask: Ask, upstream: Upstream) -> None:
    head = b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: X-Sum"
    upstream.handlers["/clientes/x"] = answering(head, b"5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n")
    answer = ask("GET", "/gateway/clientes/x")
    assert answer.body == b"hello world"
    assert not answer.values("x-sum")


def test_answer_that_ends_with_the_connection_arrives_whole(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Type: text/plain", b"until the end")
        exchange.keep_open = False

    upstream.handlers["/clientes/x"] = handler
    assert wire.ask("GET", "/gateway/clientes/x").body == b"until the end"
    assert wire.ask("GET", "/gateway/clientes").status == 200


def test_head_has_the_length_and_no_body(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = answering(b'HTTP/1.1 200 OK\nContent-Length: 1234\nETag: "v7"')
    answer = wire.ask("HEAD", "/gateway/clientes/x")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.values("content-length") == ["1234"]
    assert answer.values("etag") == ['"v7"']
    assert wire.ask("GET", "/gateway/clientes").json()["method"] == "GET"  # and the connection is not out of step


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_body_end_at_once(wire: Wire, upstream: Upstream, status: int) -> None:
    upstream.handlers["/clientes/x"] = answering(b'HTTP/1.1 %d X\nETag: "v1"' % status)
    answer = wire.ask("GET", "/gateway/clientes/x")
    assert (answer.status, answer.body) == (status, b"")
    assert answer.values("etag") == ['"v1"']
    assert wire.ask("GET", "/gateway/clientes").status == 200


def test_informational_answers_are_passed_over(ask: Ask, upstream: Upstream) -> None:
    storm = b"HTTP/1.1 103 Early Hints\nLink: </x>\n\n" * 20 + b"HTTP/1.1 100 Continue\n\n"
    upstream.handlers["/clientes/x"] = answering(storm + b"HTTP/1.1 200 OK\nContent-Length: 2", b"ok")
    answer = ask("GET", "/gateway/clientes/x")
    assert (answer.status, answer.body) == (200, b"ok")
    assert not answer.values("link")


def test_pipelined_requests_are_answered_in_order(wire: Wire, upstream: Upstream) -> None:
    wire.send(b"".join(wire.head("GET", f"/gateway/clientes/{n}") for n in range(10)))
    assert [wire.answer().json()["target"] for _ in range(10)] == [f"/clientes/{n}" for n in range(10)]


def test_pipelined_after_a_body(wire: Wire, upstream: Upstream) -> None:
    post = wire.head("POST", "/gateway/clientes", [("Content-Length", "5")]) + b"GET /"
    wire.send(post + wire.head("GET", "/gateway/clientes/next"))
    assert wire.answer().json()["body_bytes"] == 5
    assert wire.answer().json()["target"] == "/clientes/next"


def test_connections_to_the_service_are_reused(wire: Wire, upstream: Upstream) -> None:
    for method in ["GET", "POST", "HEAD", "DELETE"] * 25:
        body = b"x" * 100 if method == "POST" else None
        assert wire.ask(method, "/gateway/clientes", body=body).status == 200
    assert len({seen.connection for seen in upstream.requests if seen.target == b"/clientes"}) == 1


def test_what_cannot_be_repeated_goes_on_a_connection_that_was_in_use_lately(wire: Wire, upstream: Upstream) -> None:
    """One that has idled may be just about to be closed by a service that ends."""
    wire.ask("GET", "/gateway/clientes")
    time.sleep(FRESH + 0.1)
    assert wire.ask("GET", "/gateway/clientes").status == 200
    time.sleep(FRESH + 0.1)
    assert wire.ask("DELETE", "/gateway/clientes").status == 200
    first, second, third = (seen.connection for seen in upstream.requests if seen.target == b"/clientes")
    assert first == second != third
