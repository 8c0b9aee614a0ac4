"""What the embedded stores have in common."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymongo.errors
import redis

from stack.errors import StackError

LAUNCHER = Path(__file__).with_name("launcher.py")
NOT_YET = (psycopg.OperationalError, redis.RedisError, pymongo.errors.PyMongoError, OSError)


@dataclass(frozen=True)
class Store:
    """A server that runs in the foreground of `command`; `prepare` makes its data, `ping` raises while it cannot be used."""

    name: str
    title: str
    port: int
    folder: Path
    command: list[str]
    stop_signal: str
    prepare: Callable[[], None]
    ping: Callable[[], None]

    def ready(self) -> bool:
        try:
            self.ping()
        except NOT_YET:
            return False
        return True


def launched(uid: int, gid: int, death_signal: str, command: list[str]) -> list[str]:
    """The command under launcher.py; `death_signal` is sent to it when its parent dies."""
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(uid), str(gid), death_signal, *command]


def launched_as_me(command: list[str]) -> list[str]:
    return launched(os.getuid(), os.getgid(), "TERM", command)


def wait_ready(store: Store, trouble: Callable[[], str | None], seconds: float = 60) -> None:
    """Returns when the store answers; `trouble` tells why it never will."""
    end = time.monotonic() + seconds
    while not store.ready():
        reason = trouble()
        if reason is None and time.monotonic() > end:
            reason = f"sem resposta na porta {store.port} depois de {seconds:.0f} s"
        if reason is not None:
            raise StackError(f"{store.title} não iniciou: {reason}")
        time.sleep(0.05)
