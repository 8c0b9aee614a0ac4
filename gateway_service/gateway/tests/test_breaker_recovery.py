"""A service that dies, flaps and comes back, as a process of its own under clients that never stop asking."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Self

import pytest

from gateway.breaker import PAUSE, State
from gateway.tests.conftest import Gateway
from gateway.tests.mortal_service import MortalService
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Wire
from gateway.upstream.pool import CONNECTIONS

RunGateway = Callable[..., Gateway]
RECOVERY = 5.0  # seconds
FLAPS = 4  # of two seconds each; the two minutes of the promise are 60, and pass by a clock of their own in test_breaker.py


class Client(threading.Thread):
    """Asks again as soon as it was answered, and a hundred times a second at most."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        super().__init__(daemon=True)
        self._gateway, self._token = gateway, token
        self._enough = threading.Event()
        self.answers: list[tuple[float, int]] = []

    def run(self) -> None:
        with Wire(self._gateway.port, self._token) as wire:
            while not self._enough.wait(0.01):
                self.answers.append((time.monotonic(), wire.ask("GET", "/gateway/clientes/x").status))

    def __enter__(self) -> Self:
        self.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        self.join()


@pytest.fixture
def mortal() -> Iterator[MortalService]:
    service = MortalService()
    service.live()
    yield service
    service.close()


@pytest.fixture
def guarded(run_gateway: RunGateway, services: dict[str, str], mortal: MortalService) -> Iterator[Gateway]:
    gateway = run_gateway(**services | {"GATEWAY_BREAKER_FAILURES": "5", "CLIENTES_URL": mortal.url})
    yield gateway
    gateway.end()


def state(gateway: Gateway) -> State:
    """From the metrics: the summary at /saude would ask the service."""
    with Wire(gateway.monitor_port) as wire:
        found = re.search(rb'crm_gateway_breaker_state{servico="clientes"} (\d)', wire.ask("GET", "/metrics").body)
    assert found
    return State(int(found[1]))


def seconds_until(gateway: Gateway, wanted: State) -> float:
    started = time.monotonic()
    while state(gateway) is not wanted:
        assert time.monotonic() - started < 60
        time.sleep(0.05)
    return time.monotonic() - started


def assert_left_alone(mortal: MortalService) -> None:
    """Five failures opened it; from then on one call in each interval came in vain, whoever made it."""
    later = mortal.in_vain[4:]
    assert len(later) >= 2
    assert min(after - before for before, after in pairwise(later)) > PAUSE / 2, "three quarters of it, less what a busy machine takes"


def test_dead_and_back(guarded: Gateway, token: str, mortal: MortalService) -> None:
    with Client(guarded, token) as client:
        mortal.die()
        time.sleep(8)
        assert_left_alone(mortal)
        mortal.live()
        back = time.monotonic()
        assert seconds_until(guarded, State.FECHADO) <= RECOVERY
    told = [status for _, status in client.answers]
    assert set(told) == {200, 502, 503}
    assert told.count(502) == 5, "everybody else was answered at once"
    assert max(at for at, status in client.answers if status != 200) < back + RECOVERY
    assert told[-1] == 200


def test_flapping_and_back(guarded: Gateway, token: str, mortal: MortalService) -> None:
    with Client(guarded, token):
        for _ in range(FLAPS):
            mortal.die()
            time.sleep(1)
            mortal.live()
            time.sleep(1)
        mortal.die()
        time.sleep(1)
        assert_left_alone(mortal)
        mortal.live()
        assert seconds_until(guarded, State.FECHADO) <= RECOVERY


def test_nobody_asks_and_it_closes_all_the_same(guarded: Gateway, token: str, mortal: MortalService) -> None:
    mortal.die()
    with Wire(guarded.port, token) as wire:
        assert [wire.ask("GET", "/gateway/clientes/x").status for _ in range(5)] == [502] * 5
    assert state(guarded) is State.ABERTO
    mortal.live()
    assert seconds_until(guarded, State.FECHADO) <= RECOVERY


def test_its_process_is_asked_beside_what_hangs(run_gateway: RunGateway, services: dict[str, str], token: str, upstream: Upstream) -> None:
    """Each connection that clients may use holds a request without an answer, and whoever came then found none free."""
    gateway = run_gateway(**services | {"GATEWAY_BREAKER_FAILURES": "5", "GATEWAY_READ_TIMEOUT": "30"})

    async def hang(exchange: Exchange) -> None:
        await asyncio.sleep(60)

    upstream.handlers["/clientes/x"] = hang
    with ExitStack() as clients:
        wires = [clients.enter_context(Wire(gateway.port, token)) for _ in range(CONNECTIONS + 5)]
        for number, wire in enumerate(wires):
            wire.send(wire.head("GET", "/gateway/clientes/x"))
            while len(upstream.requests) < min(number + 1, CONNECTIONS):
                time.sleep(0.001)
        assert [wire.answer().status for wire in wires[CONNECTIONS:]] == [503] * 5
        assert state(gateway) is State.ABERTO
        assert seconds_until(gateway, State.TENTANDO) <= RECOVERY
    gateway.end()
