"""Stops asking a service that does not answer, so that nobody waits for it and it can come back.

Opens on so many failures in a row, or when half of the calls of the last seconds failed. Then no client's request goes there: the
gateway itself asks now and then whether the process lives. Once it does, a few requests go through and then more and more, until
none has failed for a while (ADR 38). Belongs to one event loop: nothing here is locked.
"""

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from enum import IntEnum

from gateway.problems import Refusal

logger = logging.getLogger("crm.gateway")

WINDOW = 10.0  # seconds over which the share of failures is taken, in two halves
FEWEST_CALLS, SHARE = 20, 0.5
# A service that is back is asked again, and trusted again, within PAUSE + PATIENCE + TRIAL: less than five seconds.
PAUSE = 2.0  # seconds at most between two questions whether it lives
SPREAD = 0.25  # by how much of that less, drawn anew each time: many gateways that saw one death do not ask as one
PATIENCE = 1.0  # seconds for the answer
TRIAL = 1.5  # seconds
# an answer that says the service, or what it stands on, is out; a 500 says something about one request
FAILURES = frozenset((502, 503, 504))

Lives = Callable[[], Awaitable[bool]]


class State(IntEnum):
    FECHADO = 0
    TENTANDO = 1
    ABERTO = 2


class Breaker:
    """Of one service. `failures` in a row open it; 0 never does. `lives` asks its process; without it somebody must call `heard`."""

    state: State
    _ask_at: float
    _trial_until: float
    _in_a_row: int

    def __init__(
        self,
        servico: str,
        failures: int = 5,
        *,
        lives: Lives | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._servico, self._limit, self._lives, self._clock, self._draw = servico, failures, lives, clock, draw
        self.opened = 0  # how often, since the process began
        self._close()

    @property
    def wait(self) -> float:
        """Seconds until the service is to be asked whether it lives."""
        return max(self._ask_at - self._clock(), 0.0)

    def admit(self) -> int:
        """After which opening this request is a trial, 0 for none; Refusal when it may not go. One of the three below must follow."""
        if self.state is State.FECHADO:
            return 0
        if self.state is State.ABERTO or not self._has_room():
            seconds = math.ceil(self.wait) if self.state is State.ABERTO else 1
            retry_after = ("Retry-After", str(max(seconds, 1)))
            raise Refusal(503, "servico_indisponivel", "O serviço não está respondendo. Tente de novo em instantes.", retry_after)
        self._under_way += 1
        self._last_trial = self._clock()
        return self.opened

    def answered(self, status: int, *, probe: int) -> None:
        if status in FAILURES:
            self.failed(probe=probe)
        elif self.state is State.FECHADO:
            self._in_a_row = 0
            self._count(0)
        elif self._is_trial(probe):
            self._under_way -= 1
            self._succeeded += 1
            if self._clock() >= self._trial_until:
                self._trust()

    def failed(self, *, probe: int) -> None:
        if self._is_trial(probe):
            self._open()
        elif self.state is State.FECHADO and self._limit:
            self._in_a_row += 1
            self._count(1)
            if self._in_a_row >= self._limit or self._mostly_failing():
                self._open()

    def abandoned(self, *, probe: int) -> None:
        """The client left, or its request was at fault: that tells nothing about the service."""
        if self._is_trial(probe):
            self._under_way -= 1

    def heard(self, alive: bool) -> None:
        """What the process answered, or that it did not."""
        if not alive:
            self._ask_later()
            return
        self.state = State.TENTANDO
        self._trial_until = self._clock() + TRIAL
        self._under_way = self._succeeded = 0
        logger.warning("disjuntor tenta", extra={"servico_chamado": self._servico})

    def _is_trial(self, probe: int) -> bool:
        """What was under way before the last opening tells about a service that is gone."""
        return self.state is State.TENTANDO and probe == self.opened

    def _has_room(self) -> bool:
        """One more at once with each that succeeded: whoever waited does not fall upon it together. A silent one blocks only so long."""
        return self._under_way <= self._succeeded or self._clock() - self._last_trial >= PAUSE

    def _open(self) -> None:
        self.state = State.ABERTO
        self.opened += 1
        self._ask_later()
        logger.warning("disjuntor abriu", extra={"servico_chamado": self._servico})
        if self._lives is not None:
            self._watch = asyncio.get_running_loop().create_task(self._ask(self._lives))

    def _ask_later(self) -> None:
        self._ask_at = self._clock() + PAUSE * (1 - SPREAD * self._draw())

    async def _ask(self, lives: Lives) -> None:
        opening = self.opened
        while self.state is State.ABERTO:
            await asyncio.sleep(self.wait)
            self.heard(await lives())
        await asyncio.sleep(TRIAL)
        if self._is_trial(opening) and not self._under_way:  # else an answer decides
            self._trust()

    def _trust(self) -> None:
        self._close()
        logger.warning("disjuntor fechou", extra={"servico_chamado": self._servico})

    def _close(self) -> None:
        self.state, self._in_a_row = State.FECHADO, 0
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
