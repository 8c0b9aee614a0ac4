"""The machine of an embedded stack, which CRM_VAR names: its keys, its bus, and its processes by the supervisor. See stack_access.py."""

import configparser
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import psutil
import redis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from supervisor.xmlrpc import SupervisorTransport

from crm_shared.testing.forge import Forge

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("CRM_VAR", ""))


def signing_keys() -> Forge:
    """Forges with the very key with which auth signs."""
    private = load_pem_private_key((VAR / "segredos" / "auth-assinatura.pem").read_bytes(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return Forge(private)


@cache
def own_url(service: str) -> str:
    """Where the service itself listens, past the gateway."""
    url: str = _status()[service]["url"]
    return url


def bus() -> "redis.Redis[bytes]":
    password = json.loads((VAR / "segredos" / "senhas.json").read_text())["valkey"]
    port = int((VAR / "portas").read_text()) + 11
    return redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=10)


def has_unread_requests(service: str) -> bool:
    """Whether bytes wait in a connection to the service that it has not read, as told by the kernel (Linux)."""
    port = int(own_url(service).rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # columns: local address:port in hexadecimal, state (01 is established), and transmit:receive queue
    return any(int(row[1][-4:], 16) == port and row[3] == "01" and int(row[4][-8:], 16) for row in rows)


# -- processes, by the names that `./crm status` shows: clientes-web, automacao-worker --


@contextmanager
def stopped(process: str) -> Iterator[None]:
    """`process` ended in good order, as an operator does it, and started again."""
    _supervisor().stopProcess(_with_group(process))
    try:
        yield
    finally:
        _supervisor().startProcess(_with_group(process), False)


@contextmanager
def frozen(process: str) -> Iterator[None]:
    """`process` and its children do nothing at all, and their ports still accept connections."""
    parent = psutil.Process(pid_of(process))
    family = [parent, *parent.children(recursive=True)]
    for member in family:
        member.suspend()
    try:
        yield
    finally:
        for member in family:
            member.resume()


def kill(process: str) -> int:
    """kill -9; answers the pid that was."""
    pid = pid_of(process)
    assert pid, f"{process} does not run"
    os.kill(pid, signal.SIGKILL)
    return pid


def reload(service: str) -> None:
    """New workers take over from the old ones; back when those are gone."""
    subprocess.run([sys.executable, "-m", "stack", "reload", service], cwd=ROOT, check=True)


def manage(service: str, *arguments: str) -> None:
    """A command of the service's `manage.py`."""
    subprocess.run([sys.executable, "-m", "stack", "manage", service, *arguments], cwd=ROOT, check=True)


def pid_of(process: str) -> int:
    """0 while it does not run."""
    return int(_supervisor().getProcessInfo(_with_group(process))["pid"])


def settled() -> bool:
    """No process is on its way up or down."""
    return all(info["statename"] not in ("STARTING", "BACKOFF", "STOPPING") for info in _supervisor().getAllProcessInfo())


def restarts(process: str) -> int:
    """As `./crm status` counts them."""
    processes = _status()[process.rpartition("-")[0]]["processos"]
    return next(int(item["reinicios"]) for item in processes if item["nome"] == process)


def _status() -> dict[str, Any]:
    command = [sys.executable, "-m", "stack", "status", "--json"]
    report = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    return {part["nome"]: part for part in report["servicos"]}


def _with_group(process: str) -> str:
    return f"{process.rpartition('-')[0]}:{process}"


def _supervisor() -> Any:
    configuration = configparser.RawConfigParser(strict=False)
    configuration.read(VAR / "run" / "supervisord.conf")
    transport = SupervisorTransport(None, None, f"unix://{configuration['unix_http_server']['file']}")
    return ServerProxy("http://localhost", transport=transport).supervisor
