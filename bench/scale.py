"""Two of everything, over stores on servers of their own; then one of each is killed under load. See README.md.

Not a figure but a proof: what was accepted is there, took effect everywhere, once and in order. Exit code 1 if not.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import redis

from bench import report
from bench.machines import Machine, Servers, Stores, machines, start_bus, stores
from bench.processes import end_on_sigterm
from stack.chaos.client import Client, Session
from stack.chaos.ledger import Ledger
from stack.chaos.plan import LISTENERS, TALKERS
from stack.chaos.readings import EVENTO, LETTER
from stack.chaos.verdict import Verdict, judge
from stack.chaos.writers import World, hire, wait_for
from stack.credentials import administrator

PATIENCE = 120.0  # seconds for what is under way at the end
HEADINGS = {"lost": "lost", "doubled": "doubled", "disordered": "out of order", "letters": "dead letters"}


class Balanced(Session):
    """The gateways in turn, as a balancer without health checks: whoever meets a dead one asks again."""

    def __init__(self, gateways: list[str], email: str, senha: str) -> None:
        self._gateways, self._turn = gateways, 0
        super().__init__("", email, senha)

    @property
    def url(self) -> str:
        self._turn += 1
        return self._gateways[self._turn % len(self._gateways)]

    @url.setter
    def url(self, _value: str) -> None:
        """There is more than one."""


@dataclass
class Scene:
    folder: Path
    stack: ExitStack
    stores: Stores
    readings: Servers
    pair: tuple[Machine, Machine]
    figures: dict[str, str] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of writing")
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    end_on_sigterm()
    folder = Path(tempfile.mkdtemp(prefix="crm-scale-"))
    folder.chmod(0o711)
    code = 1
    try:
        code = _run(folder, options)
    finally:
        if code:
            report.say(f"the logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


def _run(folder: Path, options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        found = stack.enter_context(stores(folder))
        pair = stack.enter_context(machines(found, folder))
        return _rehearse(Scene(folder, stack, found, Servers(found), pair), options)


def _rehearse(scene: Scene, options: argparse.Namespace) -> int:
    admin = administrator(scene.pair[0].settings)
    session, ledger, stop = Balanced([machine.url for machine in scene.pair], admin["email"], admin["senha"]), Ledger(), threading.Event()
    scene.readings.probe()
    baseline = {event.id for name in TALKERS for event in scene.readings.events(name)}
    world = World(Client(session, ledger), f"escala{options.seed}", options.writers)
    writers = hire(options.writers, options.seed, world, session, ledger, 0.25, stop)
    started = time.monotonic()
    for writer in writers:
        writer.start()
    for share, act in ((0.15, kill_event_processes), (0.4, kill_bus_primary), (0.65, kill_machine)):
        time.sleep(max(0.0, started + share * options.seconds - time.monotonic()))
        act(scene)
    time.sleep(max(0.0, started + options.seconds - time.monotonic()))
    stop.set()
    ended = time.monotonic()
    answered = wait_for(writers, PATIENCE)
    left = _wait_until_quiet(scene)
    scene.figures["last effect after the end of writing"] = f"{time.monotonic() - ended:.1f} s"
    return _conclude(scene, ledger, judge(ledger, scene.readings, baseline), [*left, *([] if answered else ["writes without an answer"])])


# --- what happens -------------------------------------------------------------------------------------------------------


def kill_event_processes(scene: Scene) -> None:
    """Of each service the `eventos` that has the lease; its supervisor starts it again, then to stand by."""
    holders = {service: scene.readings.holder(service) for service in TALKERS}
    report.say("kill -9: the active eventos process of each service")
    for holder in holders.values():
        os.kill(int(holder.split(":")[1]), signal.SIGKILL)
    killed, took = time.monotonic(), dict[str, float]()
    while len(took) < len(holders):
        for service in holders.keys() - took.keys():
            if scene.readings.holder(service) not in ("", holders[service]):
                took[service] = time.monotonic() - killed
        time.sleep(0.05)
    scene.figures["eventos killed, until another process has the lease"] = f"{min(took.values()):.1f} to {max(took.values()):.1f} s"


def kill_bus_primary(scene: Scene) -> None:
    """And bring it back when the replica has taken its place: it then follows the new primary."""
    primary = scene.stores.primary()
    report.say(f"kill -9: the bus's primary on port {primary}")
    process, killed = scene.stores.bus[primary], time.monotonic()
    process.kill()
    (replica,) = [port for port in scene.stores.bus if port != primary]
    _until("a promoted replica", lambda: scene.stores.bus_client(replica).info("replication")["role"] == "master")
    scene.figures["bus primary killed, until the replica is promoted"] = f"{time.monotonic() - killed:.1f} s"
    seen = _ends(scene, replica)
    _until("an event on the new primary", lambda: _ends(scene, replica) != seen)
    scene.figures["... until an event is on the new primary"] = f"{time.monotonic() - killed:.1f} s"
    scene.stores.bus[primary] = start_bus(scene.stack, scene.stores, scene.folder, primary, of=replica)


def _ends(scene: Scene, port: int) -> dict[bytes, object]:
    with scene.stores.bus_client(port) as bus:
        return {name: bus.xinfo_stream(name)["last-generated-id"] for name in bus.scan_iter("ev:*")}


def kill_machine(scene: Scene) -> None:
    """Gateway, web, eventos and worker at once; nothing of it comes back."""
    report.say("kill -9: machine a")
    scene.figures["processes of machine a killed at once"] = str(scene.pair[0].kill_all())


def _until(what: str, true: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except redis.RedisError:
            pass  # on its way down or up
        if time.monotonic() > end:
            raise SystemExit(f"no {what} within {seconds:.0f} s")
        time.sleep(0.05)


# --- what came of it ----------------------------------------------------------------------------------------------------


def _wait_until_quiet(scene: Scene) -> list[str]:
    end = time.monotonic() + PATIENCE
    while (left := _under_way(scene)) and time.monotonic() < end:
        time.sleep(0.2)
    return left


def _under_way(scene: Scene) -> list[str]:
    readings = scene.readings
    unpublished = {name: readings.count(name, EVENTO, "publicado_em IS NULL", {"publicado_em": None}) for name in TALKERS}
    found = [f"{name}: {count} not published" for name, count in unpublished.items() if count]
    found += [f"{name}: {count} letters" for name in LISTENERS if (count := readings.count(name, LETTER))]
    if runs := readings.count("automacao", "automacao_execucao", "estado IN ('na_fila', 'executando')"):
        found.append(f"{runs} runs of flows")
    with scene.stores.bus_client(scene.stores.primary()) as bus:
        for stream in bus.scan_iter("ev:*"):
            end = bus.xinfo_stream(stream)["last-generated-id"]
            behind = [group["name"].decode() for group in bus.xinfo_groups(stream) if group["pending"] or group["last-delivered-id"] != end]
            found += [f"{name} behind on {stream.decode()}" for name in behind]
    return found


def _conclude(scene: Scene, ledger: Ledger, verdict: Verdict, left: list[str]) -> int:
    confirmed = sum(ledger.answers[code] for code in ("200", "201", "204"))
    print("| | |\n|---|---|")
    print(f"| writes confirmed, records | {confirmed}, {len(ledger.entries)} |")
    print(f"| events, effects in consumers, tasks made by the flow | {verdict.events}, {verdict.deliveries}, {verdict.tasks} |")
    print(
        f"| answers that were asked for again | {dict(sorted((key, n) for key, n in ledger.answers.items() if not key.startswith('2')))} |"
    )
    for name, figure in scene.figures.items():
        print(f"| {name} | {figure} |")
    trouble = {heading: getattr(verdict, name) for name, heading in HEADINGS.items()}
    trouble |= {"unexpected answers": ledger.refusals, "without an answer": ledger.unresolved, "still under way": left}
    for heading, findings in trouble.items():
        print(f"| {heading} | {len(findings)} |")
    for heading, findings in trouble.items():
        for finding in findings[:10]:
            report.say(f"{heading}: {finding}")
    print(f"\n{report.machine()}")
    return 1 if any(trouble.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
