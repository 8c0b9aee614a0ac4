"""API keys: what auth gives for one goes on in its place, is asked for once, and again when it is good no more."""

import json
import threading
import time
from collections.abc import Callable
from secrets import token_hex, token_urlsafe
from typing import Any

import pytest

from crm_shared.testing.forge import Forge
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Wire

TROCAR = "/auth/chaves-api/trocar"


class Auth:
    """Knows one key; `lifetime` of its tokens in seconds, `slow` seconds until it answers, `status` when it refuses."""

    def __init__(self, forge: Forge) -> None:
        self.forge, self.lifetime, self.slow, self.status = forge, 300, 0.0, 200
        self.key, self.sid = f"crm_{token_urlsafe(32)}", f"k{token_hex(16)}"
        self.asked: list[tuple[str, list[str]]] = []

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read_body()
        key = json.loads(exchange.seen.body)["chave"]
        self.asked.append((key, exchange.seen.values("x-forwarded-for")))
        time.sleep(self.slow)
        status = self.status if key == self.key else 401
        sent: dict[str, Any] = {"access": self.forge.token(sid=self.sid), "expires_in": self.lifetime}
        text = json.dumps(sent if status == 200 else {"codigo": "chave_invalida"}).encode()
        await exchange.answer(b"HTTP/1.1 %d X\nContent-Type: application/json\nContent-Length: %d" % (status, len(text)), text)


@pytest.fixture
def auth(upstream: Upstream, forge: Forge) -> Auth:
    upstream.handlers[TROCAR] = stand_in = Auth(forge)
    return stand_in


@pytest.fixture
def by_key(gateway: Gateway, auth: Auth) -> Callable[..., Any]:
    """`by_key(path, key)`: the answer to a program that sends the key that auth knows, or another."""

    def ask(path: str = "/gateway/clientes", key: str = auth.key) -> Any:
        with Wire(gateway.port) as wire:
            return wire.ask("GET", path, [("Authorization", f"Bearer {key}")])

    return ask


def sent_on(upstream: Upstream) -> list[str]:
    return [item.values("authorization")[0] for item in upstream.requests if item.target.startswith(b"/clientes")]


def test_a_key_is_exchanged_once_for_a_token_that_goes_on_in_its_place(by_key: Callable[..., Any], auth: Auth, upstream: Upstream) -> None:
    assert [by_key().status for _ in range(3)] == [200] * 3
    assert auth.asked == [(auth.key, ["127.0.0.1"])]
    assert len(set(sent_on(upstream))) == 1
    assert auth.key not in str([item.headers for item in upstream.requests])


def test_requests_that_come_together_ask_once(by_key: Callable[..., Any], auth: Auth) -> None:
    auth.slow = 0.3
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(by_key().status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, len(auth.asked)) == ([200] * 8, 1)


def test_a_token_that_ends_soon_is_bought_anew(by_key: Callable[..., Any], auth: Auth) -> None:
    auth.lifetime = 20
    assert [by_key().status for _ in range(2)] == [200, 200]
    assert len(auth.asked) == 2


def test_a_revoked_token_is_bought_anew(by_key: Callable[..., Any], auth: Auth, revoke: Callable[..., None]) -> None:
    """What its owner may do has changed, or the key was turned; auth knows."""
    assert by_key().status == 200
    revoke(f"sid:{auth.sid}")
    auth.sid = f"k{token_hex(16)}"
    deadline = time.monotonic() + 5
    while len(auth.asked) == 1 and time.monotonic() < deadline:
        assert by_key().status == 200
        time.sleep(0.02)
    assert len(auth.asked) == 2


@pytest.mark.parametrize("key", ["crm_", "crm_" + "b" * 43, "crm_" + "a" * 300, "crm_é", "crm_a b"])
def test_what_is_no_key_is_401(by_key: Callable[..., Any], auth: Auth, upstream: Upstream, key: str) -> None:
    answer = by_key(key=key)
    assert (answer.status, answer.json()["codigo"]) == (401, "chave_invalida")
    assert sent_on(upstream) == []


def test_without_auth_nobody_is_refused_and_nobody_let_in(by_key: Callable[..., Any], auth: Auth, upstream: Upstream) -> None:
    auth.status = 500
    answer = by_key()
    assert (answer.status, answer.json()["codigo"]) == (503, "auth_indisponivel")
    assert answer.values("retry-after")
    auth.status = 200
    assert by_key().status == 200


def test_public_addresses_take_no_key(by_key: Callable[..., Any], auth: Auth) -> None:
    assert by_key("/publico/clientes/x").status == 200
    assert auth.asked == []
