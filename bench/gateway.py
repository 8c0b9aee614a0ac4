"""Our gateway against HAProxy, nginx, Fastify, NestJS and a Django gateway as it is usually written. See README.md."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from statistics import median

import psutil
from cryptography.hazmat.primitives.serialization import Encoding

from bench import gateways, report
from bench.gateways import HAPROXY, NEST, OURS, Place
from bench.load import get
from bench.processes import cpu_seconds, end_on_sigterm
from crm_shared.testing.forge import Forge
from crm_shared.testing.http_server import Reply, serving
from stack.ports import free_base

TOKENS = 100
LIFE = 24 * 3600  # seconds: longer than any run
DIRECT = "direct, no gateway"
MODES = {"pinned": "Pinned: each gateway on one core, service and load on the other", "free": "Free: two workers each"}
HEAD = "| gateway | req/s best (median) | CPU us/req min (median) | p50 ms | p99 ms | + p50 ms | PSS MiB | errors | ours: req/s x | CPU x |"


@dataclass(frozen=True)
class Slice:
    """One stretch of load; times in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int
    cpu_us: float


@dataclass
class Target:
    name: str
    port: int
    path: str
    process: psutil.Process | None
    slices: list[Slice] = field(default_factory=list)
    mib: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def best(self) -> float:
        return max(item.rate for item in self.slices)

    def cpu(self) -> float:
        return min(item.cpu_us for item in self.slices)


@dataclass(frozen=True)
class Wrk:
    """The load. `core`: the processor it stays on, or None."""

    tokens: Path
    core: int | None

    def press(self, target: Target, connections: int, seconds: float, pause_ms: int = 0) -> Slice:
        pin = [] if self.core is None else ["taskset", "-c", str(self.core)]
        command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(gateways.PROXIES / "wrk.lua")]
        command += [target.url, "--", str(self.tokens), str(pause_ms)]
        before = cpu_seconds([target.process] if target.process else [])
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used = cpu_seconds([target.process] if target.process else []) - before
        seen = json.loads(output.splitlines()[-1])
        good = max(seen["requests"] - seen["errors"], 1)
        micros = used / good * 1e6
        return Slice(good / seen["microseconds"] * 1e6, seen["p50"] / 1000, seen["p99"] / 1000, seen["errors"], micros)


def main() -> None:
    options = _options()
    if absent := gateways.missing():
        sys.exit(f"Missing: {', '.join(absent)}. bench/README.md says how to install them.")
    end_on_sigterm()
    for mode in options.modes.split(","):
        with _running(pinned=mode == "pinned") as (wrk, targets):
            print(f"## {MODES[mode]}\n")
            _check(wrk, targets)
            for connections in (int(part) for part in options.connections.split(",")):
                _measure(wrk, targets, connections, options)
                _report(targets, connections)
            if options.soak and mode == "pinned":
                _soak(wrk, targets, options.soak)
    print(f"Slices of {options.seconds:g} s, {options.rounds} rounds. {report.machine()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--modes", default="pinned,free")
    parser.add_argument("--seconds", type=float, default=2, help="of each slice; wrk knows whole ones only")
    parser.add_argument("--rounds", type=int, default=5, help="slices of each row of the report")
    parser.add_argument("--soak", type=float, default=0, help="seconds at 60 %% of our best rate, at the end of the pinned mode; goal 600")
    return parser.parse_args()


@contextmanager
def _running(*, pinned: bool) -> Iterator[tuple[Wrk, list[Target]]]:
    forge = Forge()
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as name, serving(Reply(body=forge.jwks)) as jwks, ExitStack() as started:
        folder, base = Path(name), free_base()
        bus = f"redis://:{token_urlsafe(16)}@127.0.0.1:{base + 20}/0"
        place = Place(folder, forge, jwks.url, base, bus, workers=1 if pinned else 2, core=0 if pinned else None)
        place.public_key.write_bytes(forge.public_bytes(Encoding.PEM))
        tokens = folder / "tokens"
        now = int(time.time())
        tokens.write_text("".join(f"{forge.token(scope='clientes:ler', exp=now + LIFE)}\n" for _ in range(TOKENS)))
        started.enter_context(gateways.telling_bus(place))
        started.enter_context(gateways.serving(place))
        up = started.enter_context(gateways.all_running(place, iter(range(base + 1, base + 20))))
        targets = [Target(DIRECT, base, "/clientes", None)]
        targets += [Target(name, port, "/gateway/clientes", process) for name, port, process in up]
        yield Wrk(tokens, 1 if pinned else None), targets


def _check(wrk: Wrk, targets: list[Target]) -> None:
    """A comparison of different answers, or of one that lets everybody in, would mean nothing."""
    good = wrk.tokens.read_text().split("\n", 1)[0]
    for target in targets:
        report.say(f"waiting for {target.name}")
        try:
            body = _patiently(target, good)
        except (OSError, RuntimeError, IndexError) as error:
            log = wrk.tokens.with_name(gateways.log_name(target.name))
            sys.exit(f"{target.name} does not answer: {error}\n{log.read_text()[-3000:]}")
        assert json.loads(body) == json.loads(gateways.BODY), (target.name, body[:300])
        if target.name not in (DIRECT, gateways.NGINX) and not _refuses(target, good[:-8] + "AAAAAAAA"):
            sys.exit(f"{target.name} takes a forged token")


def _refuses(target: Target, token: str) -> bool:
    try:
        get(target.port, target.path, token)
    except RuntimeError as refused:
        return " 401" in str(refused) or " 403" in str(refused)
    return False


def _patiently(target: Target, token: str, seconds: float = 20) -> bytes:
    end = time.monotonic() + seconds
    while True:
        try:
            return get(target.port, target.path, token)
        except (OSError, RuntimeError, IndexError):
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def _measure(wrk: Wrk, targets: list[Target], connections: int, options: argparse.Namespace) -> None:
    for target in targets:
        target.slices.clear()
        wrk.press(target, connections, 1)  # connections, caches, V8
    for number in range(options.rounds):
        report.say(f"c={connections}, round {number + 1} of {options.rounds}")
        for target in targets if number % 2 == 0 else reversed(targets):
            target.slices.append(wrk.press(target, connections, options.seconds))
    for target in targets:
        target.mib = _pss(target.process) / 2**20 if target.process else 0.0


def _pss(root: psutil.Process) -> float:
    """A page that processes share counts once."""
    return float(sum(process.memory_full_info().pss for process in [root, *root.children(recursive=True)]))


def _report(targets: list[Target], connections: int) -> None:
    named = {target.name: target for target in targets}
    ours, direct = named[OURS], named[DIRECT]
    print(f"### {connections} connection{'s' if connections > 1 else ''}\n")
    print(HEAD)
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for item in targets:
        rates, cpus = [part.rate for part in item.slices], [part.cpu_us for part in item.slices]
        p50, p99 = min(part.p50 for part in item.slices), median(part.p99 for part in item.slices)
        added = p50 - min(part.p50 for part in direct.slices)
        errors = sum(part.errors for part in item.slices)
        shown = f"{report.lowest(cpus)} | {p50:.2f} | {p99:.2f} | {added:+.2f} | {item.mib:.0f}"
        less = f"{item.cpu() / ours.cpu():.2f}" if item.process else ""
        print(f"| {item.name} | {report.highest(rates)} | {shown} | {errors} | {ours.best() / item.best():.2f} | {less} |")
    print(f"\n{_goals(named)}\n")


def _goals(named: dict[str, Target]) -> str:
    ours = named[OURS]
    goals = ((HAPROXY, 0.75), (NEST, 10), (gateways.FASTIFY, 2))
    told = [f"{ours.best() / named[name].best():.2f} of {name} (goal {goal})" for name, goal in goals]
    return f"Ours: {', '.join(told)}; {ours.mib:.0f} MiB (goal 80 per worker)."


def _soak(wrk: Wrk, targets: list[Target], seconds: float, connections: int = 64) -> None:
    """At 60 % of our best rate: `wrk` pauses on each connection after each answer."""
    ours = next(target for target in targets if target.name == OURS)
    turn = connections / (0.6 * ours.best()) * 1000  # ms from request to request on each connection
    tried = wrk.press(ours, connections, 5, round(turn))
    pause = max(round(2 * turn - connections / tried.rate * 1000), 1)  # an answer takes a part of it, and wrk's timer another
    report.say(f"{seconds:g} s at 60 %")
    before = _pss(ours.process) if ours.process else 0.0
    seen = wrk.press(ours, connections, seconds, pause)
    grown = (_pss(ours.process) - before) / 2**20 if ours.process else 0.0
    share = f"{seen.rate:.0f} req/s, {seen.rate / ours.best():.0%} of the best"
    print(f"{seconds:g} s at {share}: {seen.errors} errors, p99 {seen.p99:.2f} ms, {grown:+.1f} MiB.\n")


if __name__ == "__main__":
    main()
