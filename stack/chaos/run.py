"""One run: its own stack, the writers, the faults, the healing, the verdict."""

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stack import credentials, ports, up
from stack.accounts import remove_place
from stack.config import ROOT, Settings
from stack.display import console
from stack.environment import UNLIMITED
from stack.programs import Program
from stack.supervision import Supervisor

from . import background, healing, sabotage
from .client import Client, Session
from .crashes import Crashes
from .faults import inject
from .field import Field
from .findings import Verdict
from .ledger import Ledger
from .plan import TALKERS, WORKERS, Step, one_of_each, steps
from .readings import Readings
from .receiver import Receiver
from .verdict import judge
from .writers import World, hire, wait_for

HEALED_WITHIN = 60.0  # seconds
WAITED = 300.0  # seconds after which what is late counts as lost
SHOWN = 15  # findings of each kind that are printed


@dataclass(frozen=True)
class Options:
    seed: int
    seconds: float  # of injection
    parts: tuple[str, ...]
    quota: int  # deaths at each crash point
    pause: float  # seconds for which a store is out
    gap: tuple[float, float]  # seconds between faults
    writers: int
    pace: float  # mean seconds between two writes of one writer
    once: bool = False  # each kind of fault once, instead of for so long
    sabotage: str = ""


class Report:
    def __init__(self) -> None:
        self.started = time.monotonic()

    def __call__(self, text: str) -> None:
        console.print(f"{time.monotonic() - self.started:7.1f} s  {text}", markup=False)


def run(options: Options) -> int:
    tell = Report()
    tell(f"semente {options.seed}; para repetir: ./crm chaos --seed {options.seed} com as mesmas opções")
    with _stack(options) as (settings, started):
        if not started:
            return 1
        secrets = credentials.load_or_create(settings)
        ground, readings = Field(settings, secrets, options.pause), Readings(settings, secrets)
        with Receiver() as receiver:
            good = _rehearse(options, ground, readings, receiver, tell)
        if not good:
            _keep_logs(settings, tell)
    return 0 if good else 1


def _rehearse(options: Options, ground: Field, readings: Readings, receiver: Receiver, tell: Report) -> bool:
    admin = json.loads(ground.settings.admin_file.read_text())
    session, ledger = Session(ground.settings.url("gateway"), admin["email"], admin["senha"]), Ledger()
    readings.probe()
    if options.sabotage:
        sabotage.spoil_stores(options.sabotage, readings)
        tell(f"sabotado de propósito: {options.sabotage}")
    baseline = {event.id for name in TALKERS for event in readings.events(name)}
    stop = threading.Event()
    world = World(Client(session, ledger), f"caos{options.seed}", options.writers, receiver.url)
    writers: list[threading.Thread] = [*hire(options.writers, options.seed, world, session, ledger, options.pace, stop)]
    writers += background.hire(options.seed, world, session, ledger, stop, once=options.once)
    crashes = Crashes(ground, options.seed, options.quota, stop)
    for thread in [*writers, crashes]:
        thread.start()
    injected = _inject(options, ground, crashes, tell)
    stop.set()
    crashes.join()
    tell(f"fim das falhas: {injected} injetadas, {sum(crashes.counts.values())} quedas em pontos; esperando sarar")
    seconds, left = _heal(writers, ground, readings, tell)
    verdict = judge(ledger, readings, baseline, receiver.arrivals)
    return _conclude(options, ledger, verdict, crashes, seconds, left)


def _inject(options: Options, ground: Field, crashes: Crashes, tell: Report) -> int:
    draw = one_of_each if options.once else steps
    end, count = time.monotonic() + options.seconds, 0
    for step in draw(options.seed, options.parts, options.gap) if options.parts else ():
        time.sleep(step.gap)
        if time.monotonic() > end and not options.once:
            break
        _one(ground, step, tell)
        count += 1
    while not crashes.done and time.monotonic() < end:
        time.sleep(0.5)
    return count


def _one(ground: Field, step: Step, tell: Report) -> None:
    done = inject(ground, step)
    tell(f"{step.fault} {step.target}: {done}")


def _heal(writers: list[threading.Thread], ground: Field, readings: Readings, tell: Report) -> tuple[float | None, list[str]]:
    """From the last fault until nothing is under way: the writers' last requests count as well, records being handed over do not."""
    started = time.monotonic()
    if not wait_for(writers, WAITED):
        return None, ["há escritas sem resposta"]
    _, left = healing.wait(ground, readings, WAITED - (time.monotonic() - started), tell, healing.unfinished)
    if left:
        return None, left
    seconds = time.monotonic() - started
    late, left = healing.wait(ground, readings, WAITED, tell, healing.handed_over)
    tell(f"sarou em {seconds:.1f} s; carteiras entregues {'nunca' if late is None else f'{late:.1f} s'} depois")
    return seconds, left


def _conclude(options: Options, ledger: Ledger, verdict: Verdict, crashes: Crashes, seconds: float | None, left: list[str]) -> bool:
    lines = [
        ("perdidos", verdict.lost),
        ("dobrados", verdict.doubled),
        ("fora de ordem", verdict.disordered),
        ("cartas mortas indevidas", verdict.letters),
        ("escritas sem resposta", ledger.unresolved),
        ("respostas inesperadas", ledger.refusals),
        ("por sarar", left),
    ]
    console.print("\n" + "\n".join(_summary(ledger, verdict)), markup=False)
    if options.quota:
        counts = "  ".join(f"{name} {count}" for name, count in crashes.counts.items())
        console.print(f"quedas (meta {options.quota} por ponto): {counts}", markup=False)
    for title, findings in lines:
        console.print(f"{title:<24} {len(findings)}", style="red" if findings else "green")
        for finding in findings[:SHOWN]:
            console.print(f"    {finding}", markup=False)
    console.print(f"{'sarou em':<24} {'não sarou' if seconds is None else f'{seconds:.1f} s'} (limite {HEALED_WITHIN:.0f} s)")
    in_time = seconds is not None and seconds <= HEALED_WITHIN
    good = verdict.good and in_time and not (ledger.unresolved or ledger.refusals or left)
    console.print("VERDE" if good else "VERMELHO", style="green" if good else "red")
    return good


def _summary(ledger: Ledger, verdict: Verdict) -> list[str]:
    written = sum(ledger.answers[code] for code in ("200", "201", "204"))
    return [
        f"{len(ledger.entries)} registros, {written} escritas confirmadas, {verdict.events} eventos, {verdict.deliveries} efeitos em "
        f"consumidores, {verdict.tasks} tarefas do fluxo, sagas {dict(verdict.sagas)}",
        f"{len(ledger.batches)} planilhas com {sum(batch.rows for batch in ledger.batches)} linhas, {verdict.operations} operações, "
        f"{verdict.handovers} carteiras, {verdict.webhooks} webhooks, {verdict.webhooks_again} deles de novo",
        f"respostas: {dict(sorted(ledger.answers.items()))}",
    ]


@contextmanager
def _stack(options: Options) -> Iterator[tuple[Settings, bool]]:
    """A whole CRM of this run's own, gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="crm-caos-"))
    folder.chmod(0o711)
    settings = Settings(root=ROOT, var=folder / "var", port_base=ports.free_base())

    def alter(program: Program) -> list[Program]:
        tickets = settings.var / "quedas" / program.group
        tickets.mkdir(parents=True, exist_ok=True)
        kind = "victim" if program.kind == "service" else program.kind
        armed = replace(
            program, kind=kind, environment=program.environment | {"CRASH_FOLDER": str(tickets), "WEBHOOK_ALLOW_PRIVATE": "1", **UNLIMITED}
        )
        spoilt = sabotage.spoil_program(options.sabotage, armed)
        return [replace(spoilt, name=name) for name in WORKERS] if spoilt.name == WORKERS[0] else [spoilt]

    try:
        yield settings, up.up(settings, detach=True, alter=alter) == 0
    finally:
        if settings.run.exists():
            Supervisor(settings).stop()
        remove_place(settings)
        shutil.rmtree(folder, ignore_errors=True)


def _keep_logs(settings: Settings, tell: Report) -> None:
    kept = Path(tempfile.mkdtemp(prefix="crm-caos-logs-"))
    shutil.copytree(settings.logs, kept, dirs_exist_ok=True)
    tell(f"logs guardados em {kept}")
