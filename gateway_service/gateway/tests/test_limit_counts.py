"""The count behind a limit: exactly so many, whatever number of gateways answers, and what holds without Redis."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from uuid import uuid4

import pytest

from crm_shared import sentinel
from crm_shared.auth.claims import Claims
from crm_shared.env import Rate
from gateway.limits import Counters, Limit, counted_as
from gateway.limits.counters import PATIENCE, Draw, Drawn
from gateway.problems import Refusal
from gateway.tests.valkey_server import Valkey

BUS_URL = os.environ["BUS_URL"]


class Clock:
    now = 1_000_000_040.5

    def __call__(self) -> float:
        return self.now


class Counted(Counters):
    """Says how often Redis would have answered if each question were a call of its own."""

    answered = 0

    async def draw(self, draw: Draw) -> Drawn | None:
        drawn = await super().draw(draw)
        self.answered += drawn is not None
        return drawn


def story(told: Callable[..., Awaitable[None]], address: str = BUS_URL) -> None:
    """`told(gateway)` where `gateway(requests, seconds)` makes the limit of one more gateway; they share Redis and the clock."""

    async def run() -> None:
        name, clock, opened = uuid4().hex, Clock(), []

        def gateway(requests: int, seconds: int = 60) -> Limit:
            opened.append(Counted(address))
            return Limit(name, Rate(requests, seconds), opened[-1], clock)

        try:
            await told(gateway, clock, opened)
        finally:
            for counters in opened:
                await counters.close()

    asyncio.run(run())


async def allowed(limit: Limit, times: int, key: str = "ana") -> int:
    async def one() -> bool:
        try:
            limit.take(key) or await limit.count(key)
        except Refusal:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(times))))


# -- the count --


@pytest.mark.parametrize("gateways", [1, 2, 4])
@pytest.mark.parametrize("requests", [1, 2, 7, 31, 32, 33, 64, 100, 1000])
def test_all_gateways_together_let_in_exactly_the_limit(gateways: int, requests: int) -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        limits = [gateway(requests) for _ in range(gateways)]
        assert sum(await asyncio.gather(*(allowed(limit, requests + 5) for limit in limits))) == requests
        assert await allowed(gateway(requests), 5) == 0, "nor does one that begins now"

    story(told)


def test_one_after_the_other_they_let_in_exactly_the_limit() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        one, other = gateway(200), gateway(200)
        turns = [await allowed(limit, 1) for limit in (one, other, other) * 100]
        assert turns == [1] * 200 + [0] * 100

    story(told)


def test_far_from_the_limit_redis_is_hardly_asked() -> None:
    async def told(gateway: Callable[..., Limit], _clock: Clock, opened: list[Counted]) -> None:
        limit = gateway(6000)
        for _ in range(2800):
            await limit.count("ana")
        assert 0 < opened[0].answered < 25

    story(told)


def test_keys_count_by_themselves() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        limit = gateway(5)
        assert await allowed(limit, 50, "ana") == 5
        assert await allowed(limit, 4, "bruno") == 4

    story(told)


def test_the_next_window_lets_in_again() -> None:
    async def told(gateway: Callable[..., Limit], clock: Clock, *_: object) -> None:
        one, other = gateway(10), gateway(10)
        for _ in range(3):
            assert await allowed(one, 20) + await allowed(other, 20) == 10
            clock.now += 60

    story(told)


def test_a_clock_that_is_set_back_begins_anew() -> None:
    async def told(gateway: Callable[..., Limit], clock: Clock, *_: object) -> None:
        limit = gateway(3)
        assert await allowed(limit, 5) == 3
        clock.now -= 3600
        assert await allowed(limit, 5) == 3

    story(told)


def test_who_leaves_while_waiting_takes_nobody_elses_turn() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        limit = gateway(10)
        leaving = [asyncio.create_task(limit.count("ana")) for _ in range(6)]
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        assert await allowed(limit, 20) == 10

    story(told)


def test_what_is_told_says_what_is_left_and_until_when() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        limit = gateway(3)
        name = limit._name
        said = [limit.told(await limit.count("ana")) for _ in range(3)]
        assert said == [[(b"ratelimit", f'"{name}";r={left};t=40'.encode())] for left in (2, 1, 0)]
        with pytest.raises(Refusal) as caught:
            await limit.count("ana")
        fields = dict(caught.value.headers)
        assert (caught.value.status, caught.value.codigo, fields["Retry-After"]) == (429, "muitas_requisicoes", "40")
        assert fields["RateLimit-Policy"] == f'"{name}";q=3;w=60'
        assert fields["RateLimit"] == f'"{name}";r=0;t=40'

    story(told)


def test_no_limit_and_nobody_known_count_nothing() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        counters = Counters("redis://:PW@127.0.0.1:1/0")
        unlimited = Limit("x", None, counters)
        assert unlimited.told(await unlimited.count("ana")) == []
        assert await gateway(1).count("") is None
        await counters.close()

    story(told)


def test_counters_do_not_stay() -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        limit = gateway(5, 60)
        await limit.count("ana")
        with closing(sentinel.client(BUS_URL)) as bus:
            [key] = bus.keys(f"limite:{limit._name}:*")
            assert 0 < bus.ttl(key) <= 120

    story(told)


def test_a_person_counts_whatever_the_session_and_a_key_by_itself() -> None:
    def claims(sid: str) -> Claims:
        return Claims("ana", sid, "j", frozenset(), {}, (), ("crm",), 0, 0, 0)

    assert {counted_as(claims(str(uuid4()))) for _ in range(3)} == {"ana"}
    assert counted_as(claims("kabc")) == "kabc"


# -- without Redis --


def test_without_redis_each_counts_for_itself_and_tells_it_afterwards(valkey: Valkey) -> None:
    async def told(gateway: Callable[..., Limit], *_: object) -> None:
        one, other = gateway(20), gateway(20)
        assert await allowed(one, 4) == 4
        valkey.kill()
        assert await allowed(one, 6) == 6
        assert await allowed(other, 30) == 20, "by itself: the whole limit"
        valkey.start()
        late = gateway(20)
        deadline = time.monotonic() + 10
        while one._counters._returning or other._counters._returning:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        assert [await allowed(one, 1), await allowed(one, 1)] == [1, 1], "of which the first tells of the six"
        assert await allowed(late, 30) == 20 - 8, "the first four died with Redis, and the other has not asked again"

    story(told, valkey.url)


def test_nobody_waits_for_a_redis_that_is_out() -> None:
    async def told(gateway: Callable[..., Limit], _clock: Clock, opened: list[Counted]) -> None:
        limit = gateway(1000)
        assert await allowed(limit, 1) == 1
        started = time.monotonic()
        assert await allowed(limit, 500) == 500
        assert time.monotonic() - started < PATIENCE
        assert await allowed(limit, 600) == 499

    story(told, "redis://:PW@127.0.0.1:1/0")
