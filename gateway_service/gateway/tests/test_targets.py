"""Targets that two readers could take differently reach no service."""

from collections.abc import Callable

import pytest

from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]

AMBIGUOUS = [
    "/..",
    "/../",
    "/../admin",
    "/a/../b",
    "/.",
    "/./a",
    "/a/.",
    "/a/..",
    "/%2e%2e/admin",
    "/%2E%2E/admin",
    "/%2e./admin",
    "/.%2e/admin",
    "/a%2e",
    "/%2f",
    "/a%2Fb",
    "/..%2fadmin",
    "/%5c",
    "/a%5Cb",
    "/..%5c..%5cadmin",
    "/a\\b",
    "/\\..\\admin",
    "/%00",
    "/a%00.json",
    "/a%0d%0aX-Evil:%201",
    "/a%0a",
    "/a%09",
    "/a%7f",
    "/%25",
    "/%252e%252e",
    "/%252fadmin",
    "/%2",
    "/%",
    "/%zz",
    "/%u002e",
    "//",
    "//admin",
    "/a//b",
    "/a//",
    "/a;b",
    "/;/",
    "/a;jsessionid=1",
    "/..;/admin",
    "/%c0%ae%c0%ae/admin",
    "/%e0%80%af",
    "/%c0%af",
    "/%ff",
    "/%ed%a0%80",
    "/a#b",
    '/a"b',
    "/a<b>",
    "/a|b",
    "/a^b",
    "/a`b",
    "/{a}",
    "/[a]",
    "/%EF%BC%8E%EF%BC%8E/admin",
    "/a%EF%BC%8Fadmin",
    "/a%EF%BC%9Bb",
]
PREFIXES = ["/gateway/clientes", "/auth", "/publico/clientes"]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("rest", AMBIGUOUS)
def test_ambiguous_path_is_refused(ask: Ask, upstream: Upstream, prefix: str, rest: str) -> None:
    answer = ask("GET", prefix + rest)
    assert (answer.status, answer.codigo) == (400, "endereco_invalido")
    assert upstream.requests == []


@pytest.mark.parametrize(
    "target",
    [
        b"/gateway/clientes/\xc3\xa9",
        b"/gateway/clientes/\xef\xbc\x8f",
        b"/gateway/clientes/\x7f",
        b"/gateway/clientes/\x01",
        b"/gateway/clientes/\tx",
        b"/gateway/clientes?a=\xe9",
        b"/gateway/clientes /x",
        b"/gateway/clientes?a=b c",
    ],
)
def test_what_is_not_visible_ascii_the_server_refuses(wire: Wire, upstream: Upstream, target: bytes) -> None:
    assert wire.ask("GET", target).status == 400
    assert upstream.requests == []


@pytest.mark.short_way
@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/gateway/clientes", "https://evil.example/", "clientes", "*", "evil.example:443", "?a=b"]
)
def test_only_origin_form_is_accepted(ask: Ask, upstream: Upstream, target: str) -> None:
    assert ask("OPTIONS", target).status == 400
    assert upstream.requests == []


def test_fragment_in_the_query_is_refused(ask: Ask, upstream: Upstream) -> None:
    assert ask("GET", "/gateway/clientes?a=1#b").codigo == "endereco_invalido"
    assert upstream.requests == []


@pytest.mark.parametrize(
    "target",
    [
        "/gateway",
        "/gateway/",
        "/gateway/desconhecido",
        "/gateway/Clientes",
        "/gateway/%63lientes",
        "/gateway/auth",
        "/gateway/auth/eu",
        "/gateway/gateway",
        "/gateway/saude",
        "/gateway/publico",
        "/GATEWAY/clientes",
        "/%67ateway/clientes",
        "/gatewayclientes",
        "/gateway.json",
        "//gateway/clientes",
        "/clientes",
        "/publico",
        "/publico/auth/x",
        "/publico/desconhecido",
        "/autha",
        "/auth/interno",
        "/auth/interno/",
        "/auth/interno/token",
        "/auth/Interno/token",
        "/auth/%69nterno/token",
        "/auth/%EF%BD%89nterno/token",
        "/auth/interno./token",
        "/auth/interno%20/token",
        "/auth/interno?x=1",
        "/gateway/clientes/interno",
        "/gateway/clientes/%69%6e%74%65%72%6e%6f/x",
        "/publico/clientes/interno/x",
        "/admin/",
        "/admin/login/",
        "/metrics",
        "/schema/",
        "/static/admin/css/base.css",
        "/static/../settings.py",
        "/.well-known/jwks.json",
        "/.env",
        "/.git/config",
        "/saude/",
        "/saude/pronto/x",
        "/server-status",
    ],
)
def test_no_such_route(ask: Ask, upstream: Upstream, target: str) -> None:
    answer = ask("GET", target)
    assert (answer.status, answer.codigo) == (404, "nao_encontrado")
    assert upstream.requests == []


def test_internal_is_a_segment_and_not_a_prefix(ask: Ask, upstream: Upstream) -> None:
    assert ask("GET", "/gateway/clientes/internos").status == 200
    assert ask("GET", "/gateway/clientes/a/interno").status == 200


def test_too_long_a_line_is_refused(wire: Wire, upstream: Upstream) -> None:
    assert wire.ask("GET", "/gateway/clientes?" + "x" * 9000).status == 414
    assert upstream.requests == []
