"""The machine of compose.yaml's containers: the same as embedded.py, by Docker. See stack_access.py.

Wants a user who may use Docker, signal its processes and read `segredos/`. Reaches containers at their own addresses, which
only this machine can.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import redis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from crm_shared.testing.forge import Forge

ROOT = Path(__file__).resolve().parents[2]
PROJECT = os.environ.get("COMPOSE_PROJECT_NAME", "crm")
PORTS = {
    name: 3000 + number
    for number, name in enumerate(("gateway", "auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao"))
}


def signing_keys() -> Forge:
    """Forges with the very key with which auth signs."""
    private = load_pem_private_key((_secrets() / "auth_signing_key.pem").read_bytes(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return Forge(private)


def own_url(service: str) -> str:
    """Where the service itself listens, past the gateway, when it was started with deploy/compose/portas.yaml."""
    published = _inspect(service)["NetworkSettings"]["Ports"].get(f"{PORTS[service]}/tcp")
    if not published:
        pytest.skip(f"{service} não está publicado nesta máquina: suba com -f compose.yaml -f deploy/compose/portas.yaml")
    return f"http://127.0.0.1:{published[0]['HostPort']}"


def bus() -> "redis.Redis[bytes]":
    password = urlsplit((_secrets() / "bus_url").read_text().strip()).password
    return redis.Redis(host=_address("redis", "redis"), password=password, socket_timeout=10)


def has_unread_requests(service: str) -> bool:
    """Whether bytes wait in a connection to the service that it has not read, as told by the kernel (Linux)."""
    rows = [line.split() for line in Path(f"/proc/{_state(service)['Pid']}/net/tcp").read_text().splitlines()[1:]]
    # columns: local address:port in hexadecimal, state (01 is established), and transmit:receive queue
    return any(int(row[1][-4:], 16) == PORTS[service] and row[3] == "01" and int(row[4][-8:], 16) for row in rows)


@contextmanager
def stopped(process: str) -> Iterator[None]:
    """`process` ended in good order, as an operator does it, and started again."""
    _compose("stop", _container(process))
    try:
        yield
    finally:
        _compose("start", _container(process))


@contextmanager
def frozen(process: str) -> Iterator[None]:
    """`process` and its children do nothing at all, and their ports still accept connections."""
    _compose("pause", _container(process))
    try:
        yield
    finally:
        _compose("unpause", _container(process))


def kill(process: str) -> int:
    """kill -9, past Docker, which would take its own for the wish that it stays down; answers the pid that was."""
    pid = pid_of(process)
    assert pid, f"{process} does not run"
    os.kill(pid, signal.SIGKILL)
    return pid


def reload(service: str) -> None:
    """New workers take over from the old ones; back when those are gone."""
    old = _workers(service)
    _compose("kill", "-s", "HUP", service)
    deadline = time.monotonic() + 60
    while old & _workers(service) or not _workers(service):
        assert time.monotonic() < deadline, f"{service} kept its workers"
        time.sleep(0.2)


def manage(service: str, *arguments: str) -> None:
    """A command of the service's `manage.py`."""
    _compose("exec", "-T", service, "python", "manage.py", *arguments)


def _workers(service: str) -> set[int]:
    return {child.pid for child in psutil.Process(pid_of(service)).children()}


def pid_of(process: str) -> int:
    """On this machine; 0 while it does not run."""
    return int(_state(_container(process))["Pid"])


def settled() -> bool:
    """No container is on its way up or down."""
    lines = [json.loads(line) for line in _compose("ps", "--format", "json").splitlines()]
    return all(line["State"] == "running" and line["Health"] in ("", "healthy") for line in lines)


def restarts(process: str) -> int:
    """As Docker counts them, by its restart policy."""
    return int(_inspect(_container(process))["RestartCount"])


def _container(process: str) -> str:
    """The name in compose.yaml of what `./crm status` calls clientes-web."""
    return process.removesuffix("-web")


def _secrets() -> Path:
    return ROOT / os.environ.get("CRM_SECRETS_DIR", "segredos")


def _address(name: str, network: str) -> str:
    networks = _inspect(name)["NetworkSettings"]["Networks"]
    return next(str(item["IPAddress"]) for key, item in networks.items() if key.endswith(f"_{network}"))


def _state(name: str) -> dict[str, Any]:
    state: dict[str, Any] = _inspect(name)["State"]
    return state


def _inspect(name: str) -> dict[str, Any]:
    # not by `docker compose ps`, which takes too long for a kill in the middle of something
    (found,) = json.loads(_run("docker", "inspect", f"{PROJECT}-{name}-1"))
    assert isinstance(found, dict)
    return found


def _compose(*arguments: str) -> str:
    return _run("docker", "compose", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
