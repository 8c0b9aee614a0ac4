"""The list of 25 people: ours, at two sizes of table, against a plain DRF ModelViewSet. See README.md."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from urllib.parse import quote

import orjson
import psutil

from bench import people, report
from bench.load import Slice, get, press
from bench.processes import cpu_seconds, end_on_sigterm, own_children, running, wait_until_it_answers
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Reply, serving
from crm_shared.testing.revocations import telling
from stack import ports
from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import UNLIMITED, inherited, valkey_url
from stack.programs import GUNICORN, THREADED, service_programs
from stack.scratch import scratch_stores

PEERS = Path(__file__).with_name("peers")
PLAIN = "empresas"  # whose port the peer takes: no such service runs here
# filtered, sorted, searched, and all of it at once, as people ask for their own lists
NARROWED = "ours, narrowed: "
QUERIES = (
    "origem=site",
    "origem=site&ordenar=nome",
    "origem=site&busca=silva",
    "origem=site&ordenar=nome&busca=silva",
    "ordenar=nome&busca=maria silva",
    "ordenar=-atualizado_em&q=origem:site -ciclo_vida:inativo silva",
    "campos=id,nome&origem=site&ordenar=nome",
    "expandir=responsavel,equipe",
    "q=criado_em:hoje-60d..hoje-30d&ordenar=nome",
    "q=campanha:nenhuma",
    "q=@renda:>5000 @nivel:ouro&ordenar=nome",
)


@dataclass
class Target:
    """One row of the report: what is asked of whom, and what each slice of load saw and cost."""

    name: str
    port: int
    path: str
    servers: list[psutil.Process]
    slices: list[Slice] = field(default_factory=list)
    app_us: list[float] = field(default_factory=list)
    store_us: list[float] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        return [part.rate for part in self.slices]

    @property
    def p50s(self) -> list[float]:
        return [part.p50_ms for part in self.slices]

    @property
    def cpus(self) -> list[float]:
        return [app + store for app, store in zip(self.app_us, self.store_us, strict=True)]


@dataclass(frozen=True)
class Bench:
    settings: Settings
    secrets: Credentials
    forge: Forge
    jwks_url: str

    @property
    def token(self) -> str:
        return self.forge.token(scope="clientes:ler pessoais:ler")


def main() -> None:
    options = _options()
    end_on_sigterm()
    forge = Forge()
    with scratch_stores() as (settings, secrets), serving(Reply(body=forge.jwks)) as jwks, ExitStack() as servers:
        servers.enter_context(telling(valkey_url(settings, secrets, 0)))
        bench = Bench(settings, secrets, forge, jwks.url)
        targets: list[Target] = []
        for rows in (options.small, options.rows):
            targets += servers.enter_context(_served(bench, rows))
        for pair in (targets[:2], _large(targets)[:2]):
            _check_alike(bench, *pair)
        _measure(bench, targets, options)
    _report(targets, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="people in the large table")
    parser.add_argument("--small", type=int, default=10_000, help="people in the small one")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each slice")
    parser.add_argument("--rounds", type=int, default=6, help="slices of each row of the report")
    return parser.parse_args()


@contextmanager
def _served(bench: Bench, rows: int) -> Iterator[list[Target]]:
    """The service behind its gateway and the peer, each on `rows` people; the first two targets answer the same page."""
    report.say(f"filling {rows} rows")
    url = people.database(bench.settings, bench.secrets, rows)
    place = replace(bench.settings, port_base=ports.free_base())
    with (
        _ours(bench, place, "clientes", url) as service,
        _ours(bench, place, "gateway", url) as gateway,
        _plain(place, url) as plain,
    ):
        path, both = "/clientes", [gateway, service]
        targets = [
            Target(f"ours, {rows}", place.port("clientes"), path, [service]),
            Target(f"plain DRF, {rows}", place.port(PLAIN), "/clientes/", [plain]),
            Target(f"ours through the gateway, {rows}", place.port("gateway"), f"/gateway{path}", both),
            Target(f"ours ordenar=nome, {rows}", place.port("clientes"), f"{path}?ordenar=nome", [service]),
            Target(f"ours busca=silva (6 % of rows), {rows}", place.port("clientes"), f"{path}?busca=silva", [service]),
            Target(f"ours busca=maria silva (0.4 %), {rows}", place.port("clientes"), f"{path}?busca=maria%20silva", [service]),
            Target(f"ours busca=<one CPF>, {rows}", place.port("clientes"), f"{path}?busca={rows // 2:011}", [service]),
            *(Target(f"{NARROWED}{query}, {rows}", place.port("clientes"), _narrowed(path, query), [service]) for query in QUERIES),
        ]
        yield targets


@contextmanager
def _ours(bench: Bench, place: Settings, service: str, url: str) -> Iterator[psutil.Process]:
    """The web process as the stack starts it, with the bench's database and keys."""
    program = next(item for item in service_programs(place, bench.secrets, service) if item.name == f"{service}-web")
    elsewhere = {"BUS_URL": valkey_url(bench.settings, bench.secrets, 0), "AUTH_JWKS_URL": bench.jwks_url, "CLIENTES_DATABASE_URL": url}
    environment = inherited() | program.environment | elsewhere | UNLIMITED
    log = bench.settings.logs / f"{service}-{place.port_base}.log"
    with running(program.command, folder=program.folder, environment=environment, log=log) as process:
        wait_until_it_answers(f"{place.url(service)}/saude/vivo")
        yield process


@contextmanager
def _plain(place: Settings, url: str) -> Iterator[psutil.Process]:
    bind = ("--bind", f"127.0.0.1:{place.port(PLAIN)}")
    command = [sys.executable, "-m", "gunicorn", "plain_drf.wsgi:application", *THREADED, *bind, *GUNICORN]
    environment = inherited() | {"CLIENTES_DATABASE_URL": url, "MALLOC_ARENA_MAX": "2"}
    with running(command, folder=PEERS, environment=environment, log=place.logs / f"plain-{place.port_base}.log") as process:
        wait_until_it_answers(f"{place.url(PLAIN)}/clientes/")
        yield process


def _narrowed(path: str, query: str) -> str:
    return f"{path}?{quote(query, safe='=&')}"


def _large(targets: list[Target]) -> list[Target]:
    return targets[len(targets) // 2 :]


def _check_alike(bench: Bench, ours: Target, plain: Target) -> None:
    """A comparison of two different answers would mean nothing."""
    here = orjson.loads(get(ours.port, ours.path, bench.token))["resultados"]
    there = orjson.loads(get(plain.port, plain.path, bench.token))["results"]
    assert len(here) == 25
    assert [row["id"] for row in here] == [row["id"] for row in there]
    assert here[0].keys() == there[0].keys()


def _measure(bench: Bench, targets: list[Target], options: argparse.Namespace) -> None:
    report.say(f"{len(targets)} rows, {options.rounds} rounds of {options.seconds} s")
    postgres = own_children("postgres")
    for target in targets:
        press(target.port, target.path, bench.token, connections=options.connections, seconds=0.5)  # connections, caches, plans
    for number in range(options.rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            _slice(bench, target, postgres, options)


def _slice(bench: Bench, target: Target, postgres: list[psutil.Process], options: argparse.Namespace) -> None:
    app, store = cpu_seconds(target.servers), cpu_seconds(postgres)
    seen = press(target.port, target.path, bench.token, connections=options.connections, seconds=options.seconds)
    count = max(len(seen.latencies), 1)
    target.slices.append(seen)
    target.app_us.append((cpu_seconds(target.servers) - app) / count * 1e6)
    target.store_us.append((cpu_seconds(postgres) - store) / count * 1e6)


def _report(targets: list[Target], options: argparse.Namespace) -> None:
    print("| list | req/s best (median) | p50 ms best (median) | app CPU us/req min (median) | PostgreSQL CPU us/req | errors |")
    print("|---|--:|--:|--:|--:|--:|")
    for item in targets:
        app, store = report.lowest(item.app_us), report.lowest(item.store_us)
        errors = sum(part.errors for part in item.slices)
        print(f"| {item.name} | {report.highest(item.rates)} | {report.lowest(item.p50s, 1)} | {app} | {store} | {errors} |")
    ours, plain, gateway = _large(targets)[:3]
    print(f"\n{_against(ours, plain)}\n{_against(gateway, plain)}\nGoal: 20x.\n")
    small = targets[0]
    best, middle = min(ours.p50s) / min(small.p50s), median(ours.p50s) / median(small.p50s)
    print(f"p50 {ours.name} / {small.name}: {best:.2f} (best), {middle:.2f} (median). Goal: 1.2.")
    for item in (target for target in _large(targets) if target.name.startswith(NARROWED)):
        best, middle = min(item.p50s) / min(ours.p50s), median(item.p50s) / median(ours.p50s)
        print(f"p50 {item.name} / {ours.name}: {best:.2f} (best), {middle:.2f} (median). Goal: 1.5.")
    print(f"{options.connections} connections, slices of {options.seconds} s, {options.rounds} rounds. {report.machine()}")


def _against(ours: Target, plain: Target) -> str:
    best, middle = max(ours.rates) / max(plain.rates), median(ours.rates) / median(plain.rates)
    cpu = min(plain.cpus) / min(ours.cpus)
    return f"{ours.name} / {plain.name}: {best:.1f}x req/s (best), {middle:.1f}x (median), {cpu:.1f}x less CPU (app and PostgreSQL)"


if __name__ == "__main__":
    main()
