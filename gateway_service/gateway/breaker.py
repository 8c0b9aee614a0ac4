"""Stops asking a service that does not answer, so that nobody waits for it and it can come back.

Opens on so many failures in a row, or when half of the calls of the last seconds failed. Then one request at a time is let through as
a probe, after a pause that doubles while probes fail. Belongs to one event loop: nothing here is locked.
"""

import math
import time
from collections.abc import Callable
from enum import IntEnum

from gateway.problems import Refusal

WINDOW = 10.0  # seconds over which the share of failures is taken, in two halves
FEWEST_CALLS, SHARE = 20, 0.5
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0  # seconds
# an answer that says the service, or what it stands on, is out; a 500 says something about one request
FAILURES = frozenset((502, 503, 504))


class State(IntEnum):
    FECHADO = 0
    TENTANDO = 1
    ABERTO = 2


class Breaker:
    """Of one service. `failures` in a row open it; 0 never does."""

    _open_until: float | None
    _pause: float
    _probing: bool
    _in_a_row: int

    def __init__(self, failures: int = 5, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = failures, clock
        self.opened = 0  # how often, since the process began
        self._close()

    @property
    def state(self) -> State:
        if self._open_until is None:
            return State.FECHADO
        return State.TENTANDO if self._probing else State.ABERTO

    def admit(self) -> bool:
        """Whether this request is the probe; Refusal when it may not go. One of the three below must follow."""
        if self._open_until is None:
            return False
        wait = self._open_until - self._clock()
        if wait > 0 or self._probing:
            retry_after = ("Retry-After", str(max(math.ceil(wait), 1)))
            raise Refusal(503, "servico_indisponivel", "O serviço não está respondendo. Tente de novo em instantes.", retry_after)
        self._probing = True
        return True

    def answered(self, status: int, *, probe: bool) -> None:
        if status in FAILURES:
            self.failed(probe=probe)
        elif probe:
            self._close()
        elif self._open_until is None:
            self._in_a_row = 0
            self._count(0)

    def failed(self, *, probe: bool) -> None:
        if probe:
            self._open(min(self._pause * 2, LONGEST_PAUSE))
        elif self._open_until is None and self._limit:
            self._in_a_row += 1
            self._count(1)
            if self._in_a_row >= self._limit or self._mostly_failing():
                self._open(FIRST_PAUSE)

    def abandoned(self, *, probe: bool) -> None:
        """The client left, or its request was at fault: that tells nothing about the service."""
        if probe:
            self._probing = False

    def _open(self, pause: float) -> None:
        self._pause, self._open_until, self._probing = pause, self._clock() + pause, False
        self.opened += 1

    def _close(self) -> None:
        self._open_until = None
        self._pause, self._probing, self._in_a_row = FIRST_PAUSE, False, 0
        self._since = self._clock()
        self._calls, self._failures = [0, 0], [0, 0]  # of the half before and of this half of the window

    def _count(self, failures: int) -> None:
        now = self._clock()
        if now - self._since >= WINDOW / 2:
            stale = now - self._since >= WINDOW
            self._calls = [0 if stale else self._calls[1], 0]
            self._failures = [0 if stale else self._failures[1], 0]
            self._since = now
        self._calls[1] += 1
        self._failures[1] += failures

    def _mostly_failing(self) -> bool:
        calls = sum(self._calls)
        return calls >= FEWEST_CALLS and sum(self._failures) >= SHARE * calls
