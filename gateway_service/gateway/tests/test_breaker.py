"""A service that does not answer is left alone for a while, and asked again by one request at a time."""

import time
from collections.abc import Callable, Iterator

import pytest

from gateway.breaker import FIRST_PAUSE, LONGEST_PAUSE, WINDOW, Breaker, State
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
    return Breaker(5, clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.failed(probe=breaker.admit())


def answer(breaker: Breaker, status: int = 200, times: int = 1) -> None:
    for _ in range(times):
        breaker.answered(status, probe=breaker.admit())


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


def test_one_probe_after_the_pause_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += FIRST_PAUSE
    assert breaker.admit() is True
    assert breaker.state is State.TENTANDO
    refused(breaker)
    breaker.answered(404, probe=True)
    assert breaker.state is State.FECHADO
    answer(breaker, times=3)


def test_the_pause_doubles_while_probes_fail(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    pauses = []
    for _ in range(6):
        before = clock.now
        while breaker._open_until > clock.now:  # type: ignore[operator]
            clock.now += 1
        pauses.append(clock.now - before)
        fail(breaker)
    assert pauses == [2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    clock.now += LONGEST_PAUSE
    answer(breaker)
    fail(breaker, 5)
    assert refused(breaker).headers == (("Retry-After", "2"),), "a new outage begins with the first pause"


def test_a_probe_whose_client_left_lets_the_next_one_try(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += FIRST_PAUSE
    breaker.abandoned(probe=breaker.admit())
    assert breaker.admit() is True


def test_what_was_under_way_when_it_opened_changes_nothing(breaker: Breaker, clock: Clock) -> None:
    under_way = [breaker.admit() for _ in range(3)]
    fail(breaker, 5)
    breaker.answered(200, probe=under_way[0])
    breaker.failed(probe=under_way[1])
    assert breaker.state is State.ABERTO
    clock.now += FIRST_PAUSE
    assert breaker.admit() is True


def test_a_service_that_flaps_is_asked_once_an_interval_while_it_is_down(breaker: Breaker, clock: Clock) -> None:
    """Up for a second, down for a second, for two minutes, asked a hundred times a second."""
    asked_while_down: dict[int, int] = {}
    open_at_last = 0.0
    for tick in range(120 * 100):
        clock.now = 1000 + tick / 100
        second = tick // 100
        try:
            probe = breaker.admit()
        except Refusal:
            open_at_last = clock.now
            continue
        if second % 2:
            asked_while_down[second] = asked_while_down.get(second, 0) + 1
            breaker.failed(probe=probe)
        else:
            breaker.answered(200, probe=probe)
    assert max(asked_while_down.values()) <= 5, "five in a row open it; then each pause ends in one probe"
    assert breaker.opened >= 5
    clock.now += LONGEST_PAUSE
    answer(breaker)
    assert breaker.state is State.FECHADO
    assert open_at_last > 1100, "to the end"


def test_turned_off_it_never_opens(clock: Clock) -> None:
    breaker = Breaker(0, clock)
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
    assert (summary["disjuntores"]["clientes"], summary["disjuntores"]["vendas"]) == ("aberto", "fechado")
    assert summary["servicos"]["clientes"] == "pronto", "health is asked past the breaker"
    upstream.handlers.clear()
    upstream.requests.clear()
    time.sleep(FIRST_PAUSE)
    assert [wire.ask("GET", X).status for _ in range(3)] == [200] * 3
    assert wire.ask("GET", "/saude").json()["disjuntores"]["clientes"] == "fechado"


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
