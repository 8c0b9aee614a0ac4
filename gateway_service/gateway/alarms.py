"""Alarms that are nearly always turned off before they ring: one timer of the loop for all of them.

A timer for each wait costs the loop ten times as much, and a forwarded request has two such waits.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache

ROUND = 0.1  # seconds: so late may one ring


class Alarms:
    """Belongs to one event loop: see `alarms`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._set: dict[object, tuple[float, Callable[[], None]]] = {}
        self._going = False

    def set(self, seconds: float, ring: Callable[[], None]) -> object:
        """What `off` takes. `ring` is called once, at the earliest after `seconds`."""
        alarm = object()
        self._set[alarm] = (self._loop.time() + seconds, ring)
        if not self._going:
            self._going = True
            self._loop.call_later(ROUND, self._round)
        return alarm

    def off(self, alarm: object) -> None:
        """Also of one that has rung."""
        self._set.pop(alarm, None)

    def _round(self) -> None:
        now = self._loop.time()
        due = [alarm for alarm, (when, _) in self._set.items() if when <= now]
        self._going = len(due) < len(self._set)
        if self._going:
            self._loop.call_later(ROUND, self._round)
        for alarm in due:
            _, ring = self._set.pop(alarm, (now, None))
            if ring is not None:  # else another that rang turned it off
                ring()


@lru_cache(maxsize=1)
def alarms(loop: asyncio.AbstractEventLoop) -> Alarms:
    return Alarms(loop)
