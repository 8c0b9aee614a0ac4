"""gunicorn's configuration wherever it runs, in the embedded stack and in containers: `gunicorn -c python:crm_shared.gunicorn_hooks ...`.

Knows no Django settings: the master loads it, and only its workers load the service. What differs between processes (bind,
worker class, number of workers and threads) stands on the command line.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from crm_shared import draining

keepalive = 75  # seconds; longer than the gateway keeps its own end (gateway/upstream.py)
graceful_timeout = 15  # seconds for the work in hand; below the patience of supervisors (20) and orchestrators (30)
control_socket_disable = True
logger_class = "crm_shared.observability.server_logs.ServerLogger"

_PR_SET_PDEATHSIG = 1


def on_starting(server: Any) -> None:
    """Counters of workers that are long gone would be counted for ever (prometheus_client's multiprocess mode)."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for old in Path(folder).glob("*.db"):
            old.unlink(missing_ok=True)


def when_ready(server: Any) -> None:
    """On SIGTERM readiness turns false at once, and DRAIN_SECONDS later gunicorn is told: so long it still takes requests."""
    stop: Any = signal.getsignal(signal.SIGTERM)
    seconds = float(os.environ.get("DRAIN_SECONDS") or 0)

    def drain(number: int, frame: FrameType | None) -> None:
        if draining.draining() or not seconds:
            draining.begin()
            stop(signal.SIGTERM, frame)
            return
        draining.begin()
        signal.signal(signal.SIGALRM, lambda *_: stop(signal.SIGTERM, None))
        signal.setitimer(signal.ITIMER_REAL, seconds)

    signal.signal(signal.SIGTERM, drain)


def post_fork(server: Any, worker: Any) -> None:
    """A worker ends in good order when its master dies. Left to itself after a kill -9 it would hold the port and its idle
    connections for another half minute (gunicorn 27.0.1), in which nobody is answered and the new master gives up binding.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
