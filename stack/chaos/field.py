"""The stack under test, as the faults reach it. Only its own processes: children of its own supervisord."""

import contextlib
import os
import signal
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psutil
import redis

from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import valkey_url
from stack.programs import STORE_GROUP
from stack.supervision import Supervisor


@dataclass
class Field:
    settings: Settings
    secrets: Credentials
    pause: float  # seconds for which a store is frozen or stopped
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.settings)

    @cached_property
    def daemon(self) -> int:
        return int((self.settings.run / "supervisord.pid").read_text())

    def tickets(self, service: str) -> Path:
        return self.settings.var / "quedas" / service

    def bus(self, database: int = 0) -> redis.Redis:
        return redis.Redis.from_url(valkey_url(self.settings, self.secrets, database), socket_timeout=10, socket_connect_timeout=1)

    def process(self, name: str) -> psutil.Process | None:
        """None while it does not run."""
        pid = next((state.pid for state in self.supervisor.states() if state.name == name), 0)
        try:
            found = psutil.Process(pid) if pid else None
            return found if found and found.ppid() == self.daemon else None
        except psutil.NoSuchProcess:
            return None

    def family(self, name: str) -> list[psutil.Process]:
        parent = self.process(name)
        if parent is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return [parent, *parent.children(recursive=True)]
        return []

    def stop_store(self, name: str) -> None:
        self.supervisor.stop_process(f"{STORE_GROUP}:{name}")

    def start_store(self, name: str) -> None:
        self.supervisor.start_process(f"{STORE_GROUP}:{name}")


def kill(process: psutil.Process | None) -> str:
    """kill -9; tells what was done."""
    if process is None:
        return "não estava no ar"
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return "não estava no ar"
    return f"pid {process.pid}"
