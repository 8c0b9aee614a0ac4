"""One answer as it arrives: filled by the connection, read by whoever asked, at the reader's pace."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from gateway.alarms import alarms
from gateway.upstream.errors import TimedOut, UpstreamError

Fields = list[tuple[bytes, bytes]]

ROOM = 256 * 1024  # bytes of a body that may wait for the reader before the service has to


class Exchange:
    """`begun` once the head is there, `complete` once everything is, `error` when it will never be."""

    __slots__ = (
        "_alarms",
        "_buffered",
        "_loop",
        "_pieces",
        "_room",
        "_waiter",
        "begun",
        "complete",
        "error",
        "fields",
        "method",
        "sent_at",
        "status",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, method: str, room: Callable[[bool], None]) -> None:
        self._loop, self._alarms, self._room, self.method = loop, alarms(loop), room, method
        self._pieces: deque[bytes] = deque()
        self._buffered = 0
        self._waiter: asyncio.Future[bool] | None = None
        self.status = 0
        self.fields: Fields = []
        self.begun = self.complete = False
        self.error: UpstreamError | None = None
        self.sent_at: float | None = loop.time()  # when the last of the request went out; None while more is to come

    # -- the connection's side --

    def begin(self, status: int, fields: Fields) -> None:
        self.status, self.fields, self.begun = status, fields, True
        self._wake()

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._buffered += len(piece)
        if self._buffered > ROOM:
            self._room(False)
        self._wake()

    def end(self) -> None:
        self.complete = True
        self._wake()

    def fail(self, error: UpstreamError) -> None:
        """The first error is the one that tells."""
        if not self.complete and self.error is None:
            self.error = error
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(True)

    # -- the reader's side --

    async def head(self, patience: float) -> None:
        """Until the head is there. `patience`: seconds that the service may take for all of it, once it has the whole request."""
        while self.error is None and not self.begun:
            since = self._loop.time() if self.sent_at is None else self.sent_at
            left = since + patience - self._loop.time()
            if left <= 0:
                raise TimedOut("no answer")
            await self._wait(left)
        if self.error is not None:  # even after the head: as long as nothing of it was handed on, the truth can be told
            raise self.error

    async def more(self, patience: float) -> None:
        """Until something has changed. `patience`: seconds of silence."""
        if self.error is not None:
            raise self.error
        if not await self._wait(patience):
            raise TimedOut("silent within the body")

    def take(self) -> bytes:
        """What has arrived since."""
        if not self._pieces:
            return b""
        taken = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._buffered = 0
        if not self.complete:  # else the connection may serve another by now
            self._room(True)
        return taken

    async def _wait(self, seconds: float) -> bool:
        """Whether something happened within `seconds`."""
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._waiter = waiter
        alarm = self._alarms.set(seconds, partial(_give_up, waiter))
        try:
            return await waiter
        finally:
            self._alarms.off(alarm)
            self._waiter = None


def _give_up(waiter: asyncio.Future[bool]) -> None:
    if not waiter.done():
        waiter.set_result(False)
