"""The gateway as it runs in production, between bare sockets: gunicorn with our worker class, one process, a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import psutil
import pytest

from crm_shared.testing.forge import Forge
from crm_shared.testing.revocations import telling
from gateway.tests.upstream_server import Upstream
from gateway.tests.valkey_server import Valkey
from gateway.tests.wire import Answer, Wire

# The one contract of both doors of the proxy. Marked `short_way`: what Django's own handler cannot do, which reads bodies whole
# and answers for addresses that are no service's.
BOTH_DOORS = ("test_forwarding", "test_headers", "test_targets", "test_framing", "test_failures", "test_streaming", "test_tokens")
BOTH_DOORS += ("test_limits", "test_invalid_requests", "test_evil_services", "test_queries", "test_origins", "test_large_bodies")
BOTH_DOORS += ("test_browser", "test_api_keys")
DOORS = {"short way": "application", "view": "django_application"}

PROJECT = Path(__file__).parents[2]
READ_TIMEOUT, CLIENT_TIMEOUT = 2, 4  # seconds


@dataclass
class Gateway:
    port: int
    monitor_port: int
    process: subprocess.Popen[bytes]
    log: Path

    def end(self) -> None:
        """Before the end of the run, where many are started; nobody waits for it."""
        self.process.terminate()

    @property
    def worker(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children()[0]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "short_way: of the proxy's two doors this holds for the one in front of Django alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "door" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH_DOORS:
        doors = ["short way"] if metafunc.definition.get_closest_marker("short_way") else [*DOORS]
        metafunc.parametrize("door", doors, indirect=True, scope="session")


@pytest.fixture(scope="session")
def door(request: pytest.FixtureRequest) -> str:
    """The ASGI callable that answers."""
    return DOORS[getattr(request, "param", "short way")]


@pytest.fixture(scope="session")
def forge() -> Forge:
    return Forge()


@pytest.fixture(scope="session")
def service(forge: Forge) -> Iterator[Upstream]:
    """Stands for every service and for auth."""
    upstream = Upstream(jwks=forge.jwks).start()
    yield upstream
    upstream.stop()


@pytest.fixture
def upstream(service: Upstream) -> Upstream:
    service.reset()
    return service


@pytest.fixture(scope="session")
def nobody() -> Iterator[str]:
    """A port where nobody listens, held so that nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="session")
def unreachable() -> Iterator[str]:
    """An address that accepts nothing more: its backlog is full, so a connection attempt gets no answer at all."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"
        for filler in fillers:
            filler.close()


@pytest.fixture(scope="session")
def run_gateway(tmp_path_factory: pytest.TempPathFactory, door: str) -> Iterator[Callable[..., Gateway]]:
    """Starts gateways with the given environment; ends them, by pid, at the end of the run."""
    started: list[Gateway] = []

    def run(ready: str = "/saude/pronto", **environment: str) -> Gateway:
        log = (tmp_path_factory.mktemp("gateway") / "log").open("wb")
        with socket.socket() as public, socket.socket() as monitor:
            for listener in (public, monitor):
                listener.bind(("127.0.0.1", 0))
                listener.listen(512)
            monitor_port = monitor.getsockname()[1]
            command = [sys.executable, "-m", "gunicorn", f"gateway_service.asgi:{door}", "-k", "gateway.server.worker.Worker", "-w", "1"]
            command += ["--bind", f"fd://{public.fileno()}", "--bind", f"fd://{monitor.fileno()}"]
            command += ["-c", "python:crm_shared.gunicorn_hooks"]
            environment |= {"MONITOR_BIND": f"127.0.0.1:{monitor_port}"}
            sockets = [public.fileno(), monitor.fileno()]
            process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, pass_fds=sockets, stdout=log, stderr=log)
            gateway = Gateway(public.getsockname()[1], monitor_port, process, Path(log.name))
        started.append(gateway)
        _wait_until_ready(gateway, ready, Path(log.name))
        return gateway

    yield run
    for gateway in started:
        gateway.process.terminate()
    for gateway in started:
        gateway.process.wait(40)


def _wait_until_ready(gateway: Gateway, path: str, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and gateway.process.poll() is None:
        try:
            with Wire(gateway.port, timeout=1) as wire:
                if wire.ask("GET", path).status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("the gateway did not start:\n" + log.read_text()[-4000:])


@pytest.fixture(scope="session")
def revoke() -> Iterator[Callable[..., None]]:
    """auth lives, and says on the bus what the test tells it: `revoke("sid:...")`."""
    with telling(os.environ["BUS_URL"]) as tell:
        yield tell


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def services(service: Upstream, nobody: str, unreachable: str, revoke: Callable[..., None]) -> dict[str, str]:
    """The environment of a gateway whose tarefas is down and whose automacao cannot be reached."""
    urls = {f"{name}_URL": service.url for name in ("AUTH", "CLIENTES", "EMPRESAS", "VENDAS", "COMUNICACAO")}
    return {
        "SECRET_KEY": token_urlsafe(32),
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,crm.example",
        "BUS_URL": os.environ["BUS_URL"],
        "AUTH_ISSUER": "crm-auth",
        "AUTH_JWKS_URL": service.url + "/auth/.well-known/jwks.json",
        "GATEWAY_READ_TIMEOUT": str(READ_TIMEOUT),
        "GATEWAY_CLIENT_TIMEOUT": str(CLIENT_TIMEOUT),
        # counted, and never reached: all tests come from one address and many from one person
        "GATEWAY_LIMIT_PERSON": "1000000/60",
        "GATEWAY_LIMIT_ADDRESS": "1000000/60",
        "GATEWAY_BREAKER_FAILURES": "0",  # most tests make a service fail again and again
        **urls,
        "TAREFAS_URL": nobody,
        "AUTOMACAO_URL": unreachable,
    }


@pytest.fixture(scope="session")
def gateway(run_gateway: Callable[..., Gateway], services: dict[str, str]) -> Gateway:
    return run_gateway(**services)


@pytest.fixture
def token(forge: Forge) -> str:
    return forge.token(scope="clientes:ler clientes:criar")


@pytest.fixture
def wire(gateway: Gateway, token: str) -> Iterator[Wire]:
    """A connection with a good token."""
    with Wire(gateway.port, token) as connection:
        yield connection


@pytest.fixture
def ask(gateway: Gateway, token: str) -> Callable[..., Answer]:
    """One request on a connection of its own."""

    def ask(*arguments: object, **options: object) -> Answer:
        with Wire(gateway.port, token) as connection:
            return connection.ask(*arguments, **options)  # type: ignore[arg-type]

    return ask
