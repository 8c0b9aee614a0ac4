"""From the commit in clientes to the effect in vendas and tarefas, at an even pace of events. See README.md."""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psutil
import psycopg

from bench import report
from bench.processes import cpu_seconds, end_on_sigterm, manage, own_children, running
from stack.config import ROOT, Settings
from stack.credentials import Credentials
from stack.environment import service_environment
from stack.programs import service_programs
from stack.scratch import scratch_stores

PRODUCER = "clientes"
CONSUMERS = ("vendas", "tarefas")
WARM_UP = 20
PATIENCE = 30  # seconds for the last effects, after the last commit

# A notification is delivered when the transaction of the effect has committed.
ANNOUNCE = """
CREATE FUNCTION bench_effect() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('bench_effect', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER bench_effect AFTER INSERT OR UPDATE ON crm_shared_referencia
FOR EACH ROW WHEN (NEW.recurso = 'clientes.cliente' AND NEW.versao > 0) EXECUTE FUNCTION bench_effect();
LISTEN bench_effect;
"""


@dataclass
class Effects:
    """When each person became known to one consuming service."""

    service: str
    url: str
    seen: dict[str, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    listening: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(ANNOUNCE)
            self.listening.set()
            while not self.over.is_set():
                for notice in connection.notifies(timeout=0.2, stop_after=1):
                    self.seen.setdefault(notice.payload, time.time())

    def wait_for(self, ids: Mapping[str, float]) -> None:
        end = time.monotonic() + PATIENCE
        while not ids.keys() <= self.seen.keys():
            if time.monotonic() > end:
                raise SystemExit(f"{self.service}: {len(ids.keys() - self.seen.keys())} of {len(ids)} events had no effect")
            time.sleep(0.05)


@dataclass(frozen=True)
class Bench:
    environments: dict[str, dict[str, str]]
    effects: list[Effects]
    processes: dict[str, list[psutil.Process]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="events per second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--idle", type=float, default=10, help="seconds of idling to measure")
    options = parser.parse_args()
    end_on_sigterm()
    with scratch_stores() as (settings, secrets), _started(settings, secrets) as bench:
        _write(bench, WARM_UP, 20)
        time.sleep(2)
        idle = _cpu(bench, lambda: time.sleep(options.idle))
        report.say(f"{options.rate} events/s for {options.seconds} s")
        commits: dict[str, float] = {}
        load = _cpu(bench, lambda: commits.update(_write(bench, int(options.rate * options.seconds), options.rate)))
        _report_latencies(bench, commits, options)
        _report_cpu(idle, load, commits, options)


@contextmanager
def _started(settings: Settings, secrets: Credentials) -> Iterator[Bench]:
    services = (PRODUCER, *CONSUMERS)
    environments = {name: service_environment(settings, secrets, name) for name in services}
    for name in services:
        report.say(f"migrating {name}")
        manage(name, "migrate", "--verbosity=0", environment=environments[name])
    effects = [Effects(name, environments[name][f"{name.upper()}_DATABASE_URL"]) for name in CONSUMERS]
    processes = {"PostgreSQL": own_children("postgres"), "Valkey": own_children("valkey")}
    with ExitStack() as stack:
        for name in services:
            processes[f"{name}-eventos"] = [stack.enter_context(_loop(settings, secrets, name))]
        for item in effects:
            stack.enter_context(_watching(item))
        yield Bench(environments, effects, processes)


@contextmanager
def _loop(settings: Settings, secrets: Credentials, service: str) -> Iterator[psutil.Process]:
    program = next(item for item in service_programs(settings, secrets, service) if item.name == f"{service}-eventos")
    environment = service_environment(settings, secrets, service) | program.environment
    log = settings.logs / f"{program.name}.log"
    with running(program.command, folder=program.folder, environment=environment, log=log) as process:
        yield process


@contextmanager
def _watching(effects: Effects) -> Iterator[None]:
    thread = threading.Thread(target=effects.watch)
    thread.start()
    try:
        assert effects.listening.wait(10), f"no LISTEN in {effects.service}"
        yield
    finally:
        effects.over.set()
        thread.join()


def _write(bench: Bench, count: int, rate: float) -> dict[str, float]:
    """When the commit of each new person was done; returns when all have taken effect."""
    folder = ROOT / f"{PRODUCER}_service"
    environment = bench.environments[PRODUCER] | {"DJANGO_SETTINGS_MODULE": f"{PRODUCER}_service.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bench.writer", str(count), str(rate)]
    written = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    commits = {line["id"]: line["at"] for line in map(json.loads, written.splitlines())}
    for item in bench.effects:
        item.wait_for(commits)
    return commits


def _cpu(bench: Bench, work: Callable[[], object]) -> dict[str, float]:
    """CPU seconds of each process while `work` went on."""
    before = {name: cpu_seconds(found) for name, found in bench.processes.items()}
    work()
    return {name: cpu_seconds(found) - before[name] for name, found in bench.processes.items()}


def _span(commits: dict[str, float]) -> float:
    return max(commits.values()) - min(commits.values())


def _report_latencies(bench: Bench, commits: dict[str, float], options: argparse.Namespace) -> None:
    pace = (len(commits) - 1) / _span(commits)
    print(f"{len(commits)} events, {pace:.1f}/s (asked: {options.rate:.0f}/s). {report.machine()}\n")
    print("| effect in | p50 ms | p90 ms | p99 ms | max ms |\n|---|--:|--:|--:|--:|")
    for item in bench.effects:
        waits = [(item.seen[identifier] - at) * 1000 for identifier, at in commits.items()]
        shown = " | ".join(f"{report.percentile(waits, percent):.1f}" for percent in (50, 90, 99))
        print(f"| {item.service} | {shown} | {max(waits):.1f} |")
    print("\nGoal: p50 50 ms, p99 500 ms.\n")


def _report_cpu(idle: dict[str, float], load: dict[str, float], commits: dict[str, float], options: argparse.Namespace) -> None:
    print("| CPU of | idle, % of a core | at load, % of a core | at load, us/event |\n|---|--:|--:|--:|")
    for name, spent in load.items():
        shares = f"{idle[name] / options.idle * 100:.1f} | {spent / _span(commits) * 100:.1f}"
        print(f"| {name} | {shares} | {spent / len(commits) * 1e6:.0f} |")


if __name__ == "__main__":
    main()
