"""Pages of other origins: no answer is theirs to read, and their preflights reach no service."""

from collections.abc import Callable

import pytest

from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer

Ask = Callable[..., Answer]
ORIGINS = [
    "https://evil.example",
    "null",
    "http://127.0.0.1",
    "https://crm.example",
    "https://crm.example.evil.example",
    "https://evilcrm.example",
]
ORIGINS += [
    "https://sub.crm.example",
    "http://crm.example:8080",
    "file://",
    "chrome-extension://x",
    "https://crm.example_.evil.example",
    "",
    "*",
]
PATHS = ["/gateway/clientes", "/auth/login", "/auth/refresh", "/publico/clientes/x", "/gateway/nada", "/gateway/busca"]
ASKED = [("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "authorization, content-type")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["good", "bad", ""])
def test_a_preflight_reaches_no_service_and_allows_nothing(
    ask: Ask, upstream: Upstream, token: str, path: str, request: pytest.FixtureRequest
) -> None:
    sent = {"good": request.getfixturevalue("token"), "bad": "eyJ.bad.token", "": ""}[token]
    for origin in ORIGINS:
        answer = ask("OPTIONS", path, [("Origin", origin), *ASKED], token=sent)
        assert 400 <= answer.status < 500
        assert [name for name, _ in answer.fields if name.startswith("access-control-")] == []
    assert upstream.requests == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_answer_is_another_origins_to_read(ask: Ask, upstream: Upstream, origin: str) -> None:
    """Not even where a service says so."""

    async def generous(exchange: Exchange) -> None:
        await exchange.answer(
            b"HTTP/1.1 200 OK\nContent-Length: 2\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Credentials: true\n"
            b"access-control-expose-headers: *\nAccess-Control-Max-Age: 9\nAccess-Control-Allow-Methods: *\n"
            b"Access-Control-Allow-Headers: *",
            b"ok",
        )

    upstream.handlers["/clientes/x"] = generous
    for path in ("/gateway/clientes/x", "/gateway/clientes", "/auth/eu", "/gateway/nada"):
        answer = ask("GET", path, [("Origin", origin)])
        assert [name for name, _ in answer.fields if name.startswith("access-control-")] == []


def test_options_without_another_origin_is_the_services(ask: Ask, upstream: Upstream) -> None:
    assert ask("OPTIONS", "/gateway/clientes").json()["method"] == "OPTIONS"
