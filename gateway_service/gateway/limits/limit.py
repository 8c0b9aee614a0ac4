"""One limit: so many requests of each key within a window, counted over all gateways, without asking Redis for each.

Per key and window Redis holds how many requests were given out. A gateway draws some in advance and gives them to its clients
by itself: as many as it has given so far, up to a thirty-second of the limit, and beyond half of the limit only those that wait
at the moment. So all gateways together never give out more than the limit; and all of it, but for what one of them drew early and
is not asked for any more.

While Redis is out each gateway process counts for itself, up to the whole limit, and tells Redis afterwards.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from crm_shared.auth.claims import Claims
from crm_shared.env import Rate
from gateway.headers import Headers
from gateway.limits.counters import Counters, Draw
from gateway.metrics import limited
from gateway.problems import Refusal

FIRST, SHARE = 8, 32  # how many are drawn first, and the part of the limit that is drawn at most
MOST_KEYS = 50_000  # in one window; a flood from more addresses makes the leases start anew, to the disadvantage of who floods

_BY_KEY = "k"  # begins the `sid` of tokens that auth gave for an API key; no UUID begins so


def counted_as(claims: Claims) -> str:
    """A person's requests count together, whatever the session; each API key's by themselves."""
    return claims.sid if claims.sid.startswith(_BY_KEY) else claims.sub


@dataclass(slots=True)
class Lease:
    """What this process may give out for one key in one window, which ends at `end`."""

    end: int
    left: int = 0
    taken: int = 0  # so far, drawn or not
    owed: int = 0  # of them, those that Redis has not been told of
    others: int = 0  # that anybody may still draw
    waiting: int = 0
    over: bool = False
    drawing: asyncio.Task[None] | None = None


class Limit:
    """`name` tells clients which limit it is. Without a `rate` there is none. Belongs to one event loop."""

    def __init__(self, name: str, rate: Rate | None, counters: Counters, clock: Callable[[], float] = time.time) -> None:
        self._name, self._rate, self._counters, self._clock = name, rate or Rate(0, 1), counters, clock
        self._leases: dict[str, Lease] = {}
        self._begin = self._end = 0
        self._policy = f'"{name}";q={self._rate.requests};w={self._rate.seconds}'
        self._remains = f'"{name}";r=%d;t=%d'.encode()

    def take(self, key: str) -> Lease | None:
        """Counts a request out of what was drawn before, without waiting. None: ask `count`."""
        lease = self._leases.get(key)
        if lease is None or not lease.left or not self._begin <= self._clock() < self._end:
            return None
        lease.left -= 1
        return lease

    async def count(self, key: str) -> Lease | None:
        """Counts a request; raises Refusal when the limit is reached. None where nothing is counted: no limit, or nobody known."""
        if not self._rate.requests or not key:
            return None
        now = self._clock()
        if not self._begin <= now < self._end:
            self._turn(now)
        lease = self._leases.get(key) or self._lease(key)
        while not lease.left:
            if lease.over:
                raise self._refusal(lease, now)
            await self._draw(key, lease)
        lease.left -= 1
        return lease

    def told(self, lease: Lease | None) -> Headers:
        """What the answer to a request that was counted says: RateLimit (draft-ietf-httpapi-ratelimit-headers-10)."""
        if lease is None:
            return []
        return [(b"ratelimit", self._remains % (lease.left + lease.others, max(lease.end - int(self._clock()), 1)))]

    def _turn(self, now: float) -> None:
        """The next window. Its bounds are the same for every gateway whose clock is right."""
        self._begin = int(now) // self._rate.seconds * self._rate.seconds
        self._end = self._begin + self._rate.seconds
        self._leases = {}

    def _lease(self, key: str) -> Lease:
        if len(self._leases) >= MOST_KEYS:
            self._leases.clear()
        lease = self._leases[key] = Lease(self._end)
        return lease

    async def _draw(self, key: str, lease: Lease) -> None:
        """Once for all who wait."""
        lease.waiting += 1
        try:
            if lease.drawing is None:
                lease.drawing = asyncio.create_task(self._drawn(key, lease))
            await asyncio.shield(lease.drawing)
        finally:
            lease.waiting -= 1

    async def _drawn(self, key: str, lease: Lease) -> None:
        try:
            await self._fill(key, lease)
        finally:
            lease.drawing = None

    async def _fill(self, key: str, lease: Lease) -> None:
        limit, owed = self._rate.requests, lease.owed
        ahead = min(max(lease.taken, FIRST), limit // SHARE)
        # kept for longer than the window: the clocks of gateways differ
        draw = Draw(f"limite:{self._name}:{lease.end}:{key}", limit, 2 * self._rate.seconds, owed, max(lease.waiting, 1), ahead)
        drawn = await self._counters.draw(draw)
        if drawn is None:
            granted = min(max(lease.waiting, 1), limit - lease.taken)
            lease.owed += granted
            lease.others = limit - lease.taken - granted
        else:
            granted = drawn.granted
            lease.owed -= owed
            lease.others = max(limit - drawn.total, 0)
        lease.taken += granted
        lease.left += granted
        lease.over = not granted

    def _refusal(self, lease: Lease, now: float) -> Refusal:
        limited(self._name).inc()
        wait = max(math.ceil(lease.end - now), 1)
        reached = f"O limite de {self._rate.requests} requisições em {self._rate.seconds} segundos foi atingido."
        return Refusal(
            429,
            "muitas_requisicoes",
            f"{reached} Tente de novo em {wait} segundos.",
            ("Retry-After", str(wait)),
            ("RateLimit-Policy", self._policy),
            ("RateLimit", (self._remains % (0, wait)).decode()),
        )
