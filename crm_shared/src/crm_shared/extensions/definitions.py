"""Definitions of tags and custom fields as lists show them: each process reads them once a second at most.

Reading them for every list is a third of what a list of 25 costs. Whoever checks or writes values reads the tables.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

V = TypeVar("V")

SECONDS = 1.0  # how long another process's change of a name, a mask or a deletion may stay out of sight
_kept: dict[str, tuple[float, Any]] = {}


def forget() -> None:
    """Who changed a definition sees the change at once, if the same process answers."""
    _kept.clear()


class Definitions(Generic[V]):
    """Those of one page, by name. What is new is never missed: a name that was not there is looked for in the tables."""

    def __init__(self, kind: str, read: Callable[[], dict[str, V]]) -> None:
        self._kind, self._read = kind, read
        self._found: dict[str, V] = {}
        self._fresh = False

    def of(self, names: Collection[str]) -> Mapping[str, V]:
        """At least those of `names` that exist."""
        if not self._fresh and not self._found.keys() >= set(names):
            self._found = self._remembered()
            if not self._fresh and not self._found.keys() >= set(names):
                self._found = self._anew()
        return self._found

    def _remembered(self) -> dict[str, V]:
        until, found = _kept.get(self._kind, (0.0, {}))
        return found if time.monotonic() < until else self._anew()

    def _anew(self) -> dict[str, V]:
        self._fresh, found = True, self._read()
        _kept[self._kind] = (time.monotonic() + SECONDS, found)
        return found
