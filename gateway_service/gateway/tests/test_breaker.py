"""A service that does not answer is left alone for a while, and asked again by one request at a time."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from gateway.breaker import PAUSE, SPREAD, TRIAL, WINDOW, Breaker, State
from gateway.problems import Refusal
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Wire

X = "/gateway/clientes/x"
Ask = Callable[..., int]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("clientes", 5, clock=clock, draw=lambda: 0.0)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.failed(probe=breaker.admit())


def answer(breaker: Breaker, status: int = 200, times: int = 1) -> None:
    for _ in range(times):
        breaker.answered(status, probe=breaker.admit())


def revive(breaker: Breaker) -> None:
    """It failed, and its process was heard again."""
    fail(breaker, 5)
    breaker.heard(True)


def refused(breaker: Breaker) -> Refusal:
    with pytest.raises(Refusal) as caught:
        breaker.admit()
    return caught.value


def test_opens_on_failures_in_a_row_and_says_when_to_come_back(breaker: Breaker) -> None:
    fail(breaker, 4)
    assert breaker.state is State.FECHADO
    fail(breaker)
    assert breaker.state is State.ABERTO
    refusal = refused(breaker)
    assert (refusal.status, refusal.codigo, refusal.headers) == (503, "servico_indisponivel", (("Retry-After", "2"),))


@pytest.mark.parametrize(
    ("status", "opens"), [(502, True), (503, True), (504, True), (500, False), (429, False), (404, False), (200, False)]
)
def test_only_an_answer_that_the_service_is_out_is_a_failure(breaker: Breaker, status: int, opens: bool) -> None:
    answer(breaker, status, 10) if not opens else answer(breaker, status, 5)
    assert (breaker.state is State.ABERTO) is opens


def test_an_answer_ends_the_row(breaker: Breaker) -> None:
    for _ in range(4):
        fail(breaker, 4)
        answer(breaker)
    assert breaker.state is State.FECHADO


@pytest.mark.parametrize(("answers", "opens"), [(10, True), (11, False)])
def test_opens_when_half_of_many_failed(breaker: Breaker, answers: int, opens: bool) -> None:
    for number in range(10):
        answer(breaker, times=1 + (answers > 10 and number == 0))
        fail(breaker)
    assert (breaker.state is State.ABERTO) is opens


def test_what_is_older_than_the_window_is_forgotten(breaker: Breaker, clock: Clock) -> None:
    for _ in range(9):
        fail(breaker)
        answer(breaker)
    clock.now += WINDOW
    fail(breaker)
    answer(breaker)
    fail(breaker)
    assert breaker.state is State.FECHADO


def test_only_the_question_whether_it_lives_lets_requests_through_again(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 60
    assert refused(breaker).headers == (("Retry-After", "1"),)
    breaker.heard(False)
    refused(breaker)
    breaker.heard(True)
    assert breaker.state is State.TENTANDO
    answer(breaker, 404)


def test_the_pause_stays_as_it_is_and_differs_between_gateways(clock: Clock) -> None:
    source = random.Random(1)
    breaker = Breaker("clientes", 5, clock=clock, draw=source.random)
    fail(breaker, 5)
    pauses = []
    for _ in range(100):
        pauses.append(breaker.wait)
        clock.now += breaker.wait
        breaker.heard(False)
    assert PAUSE * (1 - SPREAD) <= min(pauses) < max(pauses) <= PAUSE
    assert len({round(pause, 2) for pause in pauses}) > 25


def test_trials_grow_with_what_succeeds(breaker: Breaker, clock: Clock) -> None:
    """Who waited does not fall upon it together: one at once, then two, then four."""
    revive(breaker)
    for room in (1, 2, 4, 8):
        under_way = [breaker.admit() for _ in range(room)]
        refused(breaker)
        for probe in under_way:
            breaker.answered(200, probe=probe)


def test_trials_without_a_failure_for_a_while_close_it(breaker: Breaker, clock: Clock) -> None:
    revive(breaker)
    answer(breaker, times=100)
    clock.now += TRIAL - 0.1
    answer(breaker)
    assert breaker.state is State.TENTANDO
    clock.now += 0.1
    answer(breaker)
    assert breaker.state is State.FECHADO


def test_one_failed_trial_opens_it(breaker: Breaker, clock: Clock) -> None:
    revive(breaker)
    answer(breaker, times=100)
    fail(breaker)
    assert breaker.state is State.ABERTO
    assert breaker.opened == 2
    assert breaker.wait == PAUSE


def test_a_trial_whose_client_left_lets_the_next_one_try(breaker: Breaker) -> None:
    revive(breaker)
    breaker.abandoned(probe=breaker.admit())
    assert breaker.admit()


def test_a_silent_trial_holds_the_others_up_for_one_pause(breaker: Breaker, clock: Clock) -> None:
    revive(breaker)
    breaker.admit()
    clock.now += PAUSE - 0.1
    refused(breaker)
    clock.now += 0.1
    answer(breaker)
    assert breaker.state is State.FECHADO, "the trial's time is over as well"


def test_what_was_under_way_when_it_opened_changes_nothing(breaker: Breaker, clock: Clock) -> None:
    under_way = [breaker.admit() for _ in range(3)]
    revive(breaker)
    trial = breaker.admit()
    for old in under_way:
        breaker.failed(probe=old)
    assert breaker.state is State.TENTANDO
    breaker.failed(probe=trial)
    breaker.answered(200, probe=under_way[0])
    assert breaker.state is State.ABERTO
    breaker.heard(True)
    clock.now += TRIAL
    breaker.failed(probe=trial)
    breaker.answered(200, probe=trial)
    assert breaker.state is State.TENTANDO, "it was a trial of the opening before"


@pytest.mark.parametrize("seed", range(20))
def test_a_service_that_flaps_is_asked_once_an_interval_while_it_is_down(clock: Clock, seed: int) -> None:
    """Up for a second, down for a second, for two minutes, asked a hundred times a second; then it stays up."""
    breaker = Breaker("clientes", 5, clock=clock, draw=random.Random(seed).random)
    in_vain: list[float] = []
    served = 0
    for tick in range(120 * 100):
        clock.now = 1000 + tick / 100
        up = tick // 100 % 2 == 0
        if breaker.state is State.ABERTO and not breaker.wait:
            breaker.heard(up)
            in_vain += [] if up else [clock.now]
        with suppress(Refusal):
            probe = breaker.admit()
            breaker.answered(200 if up else 502, probe=probe)
            served += up
            in_vain += [] if up else [clock.now]
    assert in_vain[4] - in_vain[0] < 1, "five in a row opened it"
    assert min(later - earlier for earlier, later in pairwise(in_vain[4:])) >= PAUSE * (1 - SPREAD) - 0.01
    assert breaker.opened >= 10, "to the end"
    assert served > 1000, "what answers meanwhile is not wasted"
    assert closes_within(breaker, clock) <= 5


def closes_within(breaker: Breaker, clock: Clock) -> float:
    """Seconds from now, the service being well and asked all the time."""
    well = clock.now
    while breaker.state is not State.FECHADO:
        clock.now += 0.01
        if breaker.state is State.ABERTO and not breaker.wait:
            breaker.heard(True)
        with suppress(Refusal):
            answer(breaker)
    return clock.now - well


def test_turned_off_it_never_opens(clock: Clock) -> None:
    breaker = Breaker("clientes", 0, clock=clock)
    fail(breaker, 100)
    assert breaker.state is State.FECHADO


# -- in the gateway --


@pytest.fixture(scope="module")
def guarded(run_gateway: Callable[..., Gateway], services: dict[str, str]) -> Gateway:
    return run_gateway(**services | {"GATEWAY_BREAKER_FAILURES": "5"})


@pytest.fixture
def wire(guarded: Gateway, token: str) -> Iterator[Wire]:
    with Wire(guarded.port, token) as connection:
        yield connection


async def cut(exchange: Exchange) -> None:
    await exchange.read_body()
    exchange.reset()


def test_open_it_answers_at_once_without_asking_and_then_heals(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/clientes/x"] = cut
    assert [wire.ask("POST", X, body=b"{}").status for _ in range(5)] == [502] * 5
    upstream.requests.clear()
    started = time.monotonic()
    for _ in range(20):
        answer = wire.ask("GET", X)
        assert (answer.status, answer.codigo) == (503, "servico_indisponivel")
        assert answer.values("retry-after") in (["1"], ["2"])
    assert (time.monotonic() - started) / 20 < 0.02
    assert upstream.requests == []
    assert wire.ask("GET", "/gateway/vendas").status == 200, "the others go on"
    summary = wire.ask("GET", "/saude").json()
    assert summary["disjuntores"]["clientes"] in ("aberto", "tentando")
    assert summary["disjuntores"]["vendas"] == "fechado"
    assert summary["servicos"]["clientes"] == "pronto", "health is asked past the breaker"
    upstream.handlers.clear()
    deadline = time.monotonic() + 10
    while wire.ask("GET", "/saude").json()["disjuntores"]["clientes"] != "fechado":
        assert time.monotonic() < deadline
    assert [wire.ask("GET", X).status for _ in range(3)] == [200] * 3


def test_a_service_that_lives_and_fails_gets_one_request_an_interval(wire: Wire, upstream: Upstream) -> None:
    upstream.handlers["/comunicacao/x"] = cut
    assert [wire.ask("GET", "/gateway/comunicacao/x").status for _ in range(5)] == [502] * 5
    upstream.requests.clear()
    end = time.monotonic() + 3 * PAUSE
    while time.monotonic() < end:
        wire.ask("GET", "/gateway/comunicacao/x")
        time.sleep(0.01)
    assert 2 <= sum(seen.target == b"/comunicacao/x" for seen in upstream.requests) <= 3 / (1 - SPREAD)


def test_clients_at_fault_open_nothing(guarded: Gateway, token: str, upstream: Upstream) -> None:
    async def not_found(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 404 Not Found\nContent-Length: 0")

    upstream.handlers["/empresas/x"] = not_found
    for _ in range(6):
        with Wire(guarded.port, token) as wire:
            assert wire.ask("GET", "/gateway/empresas/x").status == 404
        with Wire(guarded.port, token) as leaving:
            leaving.send(leaving.head("POST", "/gateway/empresas/y", [("Content-Length", "1000")]) + b"x" * 10)
        with Wire(guarded.port, "") as wire:
            assert wire.ask("GET", "/gateway/empresas").status == 401
    with Wire(guarded.port, token) as wire:
        assert wire.ask("GET", "/gateway/empresas").status == 200
