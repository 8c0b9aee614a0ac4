"""Asking for something once, for all who want it at the same time and for a while after."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

V = TypeVar("V")


class Once(Generic[V]):
    """What was answered is remembered for `kept(answer)` seconds, at most `most` answers; what was raised, for none.

    Belongs to one event loop.
    """

    def __init__(self, kept: Callable[[V], float], most: int | None = None) -> None:
        self._kept, self._most = kept, most
        self._tasks: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[V]]) -> V:
        """Goes on without a caller who leaves: others may be waiting too."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.ensure_future(ask())
            task.add_done_callback(partial(self._ended, key))
            if self._most and len(self._tasks) > self._most:
                del self._tasks[next(iter(self._tasks))]
        return await asyncio.shield(task)

    def forget(self, key: Hashable) -> None:
        """The answer is good no more; one that is still to come stays."""
        task = self._tasks.get(key)
        if task is not None and task.done():
            del self._tasks[key]

    def _ended(self, key: Hashable, task: "asyncio.Task[V]") -> None:
        failed = task.cancelled() or task.exception() is not None
        asyncio.get_running_loop().call_later(0 if failed else self._kept(task.result()), self._drop, key, task)

    def _drop(self, key: Hashable, task: "asyncio.Task[V]") -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
