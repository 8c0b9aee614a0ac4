"""Sessions that ended: refused at once, by a gateway that has just begun too; while nothing is heard people only read."""

import os
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from crm_shared import sentinel
from crm_shared.auth.revocation_feed import ALIVE, STREAM
from crm_shared.testing.forge import Forge
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]


@pytest.fixture
def other_bus() -> Iterator[str]:
    """A bus on which auth has not said anything yet."""
    server, _, number = os.environ["BUS_URL"].rpartition("/")
    address = f"{server}/{int(number) + 1}"
    bus = sentinel.client(address)
    bus.delete(STREAM)
    yield address
    bus.delete(STREAM)
    bus.close()


def test_an_ended_session_is_refused_within_two_seconds(ask: Ask, upstream: Upstream, forge: Forge, revoke: Callable[..., None]) -> None:
    sid = str(uuid4())
    ended, other = forge.token(sid=sid), forge.token()
    assert ask("GET", "/gateway/clientes", token=ended).status == 200
    revoke(f"sid:{sid}")
    deadline = time.monotonic() + 2
    while (answer := ask("GET", "/gateway/clientes", token=ended)).status == 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (answer.status, answer.codigo) == (401, "token_revogado")
    assert ask("POST", "/gateway/clientes", body=b"{}", token=ended).status == 401
    assert ask("GET", "/gateway/clientes", token=other).status == 200


def test_a_gateway_that_begins_knows_what_ended_before(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, forge: Forge, revoke: Callable[..., None]
) -> None:
    sid = str(uuid4())
    revoke(f"sid:{sid}")
    gateway = run_gateway("/saude/vivo", **services)
    with Wire(gateway.port, forge.token(sid=sid)) as wire:
        assert wire.ask("GET", "/gateway/clientes").codigo == "token_revogado"
    assert upstream.requests == []


def test_while_nothing_is_heard_people_only_read(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, other_bus: str, token: str
) -> None:
    bus = sentinel.client(other_bus)
    bus.xadd(STREAM, ALIVE, id=f"{(bus.time()[0] - 60) * 1000}-0")
    gateway = run_gateway(**services | {"BUS_URL": other_bus})
    with Wire(gateway.port, token) as wire:
        assert wire.ask("GET", "/gateway/clientes").status == 200
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = wire.ask(method, "/gateway/clientes", body=b"{}")
            assert (answer.status, answer.codigo, answer.values("retry-after")) == (503, "revogacoes_atrasadas", ["5"])
        assert wire.ask("POST", "/auth/refresh", body=b"{}").status == 200, "auth has the truth"
        bus.xadd(STREAM, ALIVE)
        deadline = time.monotonic() + 5
        while (status := wire.ask("POST", "/gateway/clientes", body=b"{}").status) == 503 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert status == 200
    bus.close()


def test_before_anything_was_heard_nobody_is_let_in(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, other_bus: str, token: str
) -> None:
    gateway = run_gateway("/saude/vivo", **services | {"BUS_URL": other_bus})
    with Wire(gateway.port, token) as wire:
        answer = wire.ask("GET", "/gateway/clientes")
        assert (answer.status, answer.codigo) == (503, "revogacoes_indisponiveis")
        assert wire.ask("GET", "/saude/pronto").json()["falhas"] == ["revogacoes"]
    assert upstream.requests == []
