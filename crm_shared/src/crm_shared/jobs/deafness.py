"""A worker may be up and deaf: connected to a broker whose messages it no longer takes (celery#10302).

Only the supervisor can cure that, so such a worker ends itself.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from celery import signals
from django.conf import settings

from ..observability.logs import get_logger
from ..sentinel import client

logger = get_logger("crm.fila")

DEAF_AFTER = 25.0  # seconds without taking any of the waiting messages
_LOOK_EVERY = 10.0


class Hearing:
    """Counts the tasks in hand and remembers when the worker last took or finished one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._in_hand = 0
        self._heard = self._looked = clock()

    def took(self, **_signal: Any) -> None:
        self._move(1)

    def finished(self, **_signal: Any) -> None:
        self._move(-1)

    def _move(self, step: int) -> None:
        with self._lock:
            self._in_hand += step
            self._heard = self._clock()

    def is_deaf(self, waiting: int) -> bool:
        """With messages waiting and hands empty for DEAF_AFTER; an empty queue starts the time anew."""
        with self._lock:
            self._looked = self._clock()
            if not waiting or self._in_hand:
                self._heard = self._clock()
            return self._clock() - self._heard > DEAF_AFTER

    def stuck(self) -> list[str]:
        """For the monitor: a watch that stopped looking is as bad as a deaf worker."""
        return ["surdez"] if self._clock() - self._looked > DEAF_AFTER else []


def watch(app: Any) -> Hearing:
    """Start watching this worker's queue in a thread of its own."""
    hearing = Hearing()
    signals.task_prerun.connect(hearing.took, weak=False)
    signals.task_postrun.connect(hearing.finished, weak=False)
    threading.Thread(target=_listen, args=(app, hearing), name="surdez", daemon=True).start()
    return hearing


def _listen(app: Any, hearing: Hearing) -> None:
    broker = client(settings.QUEUE_URL, socket_timeout=5, socket_connect_timeout=1)
    while True:
        time.sleep(_LOOK_EVERY)
        if hearing.is_deaf(_waiting(broker, app.conf.task_default_queue)):
            logger.critical("trabalhador surdo: encerrando para recomeçar")
            os._exit(1)


def _waiting(broker: Any, queue: str) -> int:
    try:
        return int(broker.llen(queue))
    except redis.RedisError:
        return 0  # the broker is out: not deafness, and Celery reconnects by itself
