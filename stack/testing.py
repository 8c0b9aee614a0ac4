"""`./crm test`: every proof of the repository, against real stores, two suites at a time.

One of the two is a suite that asks a whole stack, as long as there are any, for those wait a lot: first e2e and fuzz on one stack, then
caos on its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import requests
from rich.console import Console

from stack import ports
from stack.accounts import remove_place
from stack.config import ROOT, Settings
from stack.credentials import Credentials
from stack.environment import UNLIMITED
from stack.errors import StackError
from stack.scratch import scratch_stores, suite_environment
from stack.suites import CHAOS, ON_STACK, Outcome, Runner, Suite, chaos_suite, known_names, lint_suites, pytest_in, root_suites

AT_ONCE = 2
Job = Callable[[], Iterator[Outcome]]  # suites that run one after the other
console = Console(highlight=False, soft_wrap=True, emoji=False)


def run(names: list[str], *, fast: bool, expression: str | None, url: str | None) -> int:
    selected = _selection(names, fast=fast, url=url)
    if url:
        _check_access(url)
    runner = Runner(expression)
    outcomes: list[Outcome] = []
    try:
        with scratch_stores() if _needs_stores(selected) else nullcontext() as stores:
            plain = [partial(_alone, runner, suite) for suite in _suites(selected, stores, fast=fast)]
            outcomes += _side_by_side(runner, [partial(_on_stacks, runner, selected, url), *plain])
    finally:
        runner.end()
    return _conclude(outcomes)


def _selection(names: list[str], *, fast: bool, url: str | None) -> list[str]:
    known = known_names()
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise StackError(f"Suíte desconhecida: {', '.join(unknown)}. As que existem: {', '.join(known)}.")
    if url:
        return [name for name in names if name in ON_STACK] or ["e2e"]
    return names or [name for name in known if not (fast and name in (*ON_STACK, CHAOS))]


def _check_access(url: str) -> None:
    """The tests sign in to a CRM that we did not make, so we cannot know as whom."""
    missing = [name for name in ("CRM_ADMIN_EMAIL", "CRM_ADMIN_SENHA") if not os.environ.get(name)]
    if missing:
        raise StackError(f"Defina {' e '.join(missing)}: o e-mail e a senha de um administrador do CRM em {url}.")
    try:
        requests.get(f"{url.rstrip('/')}/saude/vivo", timeout=10).raise_for_status()
    except requests.RequestException as error:
        raise StackError(f"Nenhum CRM atende em {url}: {error}") from None


def _needs_stores(selected: list[str]) -> bool:
    return bool(set(selected) - {"stack", "raiz", *ON_STACK, CHAOS, "lint"})


def _suites(selected: list[str], stores: tuple[Settings, Credentials] | None, *, fast: bool) -> list[Suite]:
    suites: list[Suite] = []
    if stores:
        services = [name for name in selected if name in stores[0].services]
        suites += [Suite(name, pytest_in(), ROOT / f"{name}_service", suite_environment(*stores, name)) for name in services]
        if "crm_shared" in selected:
            suites += _shared_suites(*stores)
    suites += [suite for suite in root_suites() if suite.name in selected]
    if "lint" in selected:  # first: mypy takes longest
        suites = lint_suites({**os.environ}, fast=fast) + suites
    return [suite for suite in suites if suite.folder.exists()]


_ON_MONGO = ("api", "events", "operations", "imports", "extensions", "q")


def _shared_suites(settings: Settings, secrets: Credentials) -> list[Suite]:
    """The library on PostgreSQL, and what touches a store once more on MongoDB."""
    environment = suite_environment(settings, secrets, "crm_shared")
    on_mongo = suite_environment(settings, secrets, "comunicacao")["COMUNICACAO_DATABASE_URL"]
    return [
        Suite("crm_shared", pytest_in("tests"), ROOT / "crm_shared", environment),
        Suite(
            "crm_shared on MongoDB",
            pytest_in("--ds=projeto.settings_mongo", *(f"tests/{name}" for name in _ON_MONGO)),
            ROOT / "crm_shared",
            environment | {"COMUNICACAO_DATABASE_URL": on_mongo},
        ),
    ]


def _side_by_side(runner: Runner, jobs: list[Job]) -> Iterator[Outcome]:
    """Each suite's outcome as soon as it is there; what breaks a job, or interrupts us, ends all of them."""
    told: SimpleQueue[Outcome | Future[None]] = SimpleQueue()

    def work(job: Job) -> None:
        for outcome in job():
            told.put(outcome)

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for job in jobs:
            pool.submit(work, job).add_done_callback(told.put)
        unfinished = len(jobs)
        while unfinished:
            if isinstance(news := told.get(), Outcome):
                yield _report(news)
            else:
                news.result()
                unfinished -= 1
    finally:
        runner.end()
        pool.shutdown(cancel_futures=True)


def _alone(runner: Runner, suite: Suite) -> Iterator[Outcome]:
    yield runner.run(suite)


def _on_stacks(runner: Runner, selected: list[str], url: str | None) -> Iterator[Outcome]:
    """Those that ask a whole stack, one after the other: two stacks at once would only wait for each other."""
    if asking := [name for name in ON_STACK if name in selected]:
        yield from _on_one_stack(runner, asking, url)
    if CHAOS in selected and not runner.expression:
        yield runner.run(chaos_suite())


def _on_one_stack(runner: Runner, names: list[str], url: str | None) -> Iterator[Outcome]:
    with nullcontext(({**os.environ, "CRM_URL": url}, None)) if url else _temporary_stack(runner) as (environment, trouble):
        for name in names:
            if trouble is None:
                yield runner.run(Suite(name, pytest_in("-p", "no:django", ON_STACK[name]), environment=environment))
            else:
                yield Outcome(name, 0, 1, Counter(), 0, trouble)


@contextmanager
def _temporary_stack(runner: Runner) -> Iterator[tuple[dict[str, str], str | None]]:
    """A whole stack of its own, as `./crm up` makes it; the second value says why it did not come up."""
    with tempfile.TemporaryDirectory(prefix="crm-e2e-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        settings = Settings(root=ROOT, var=Path(folder) / "var", port_base=ports.free_base())
        place = {"CRM_VAR": str(settings.var), "CRM_PORT_BASE": str(settings.port_base)}
        # receivers of tests listen on this machine
        environment = {**os.environ, **place, "WEBHOOK_ALLOW_PRIVATE": "1", **UNLIMITED}
        try:
            failed, output = runner.call(_crm("up", "--detach"), environment)
            if failed:
                yield environment, output
            else:
                admin = json.loads(settings.admin_file.read_text())
                access = {"CRM_URL": settings.url("gateway"), "CRM_ADMIN_EMAIL": admin["email"], "CRM_ADMIN_SENHA": admin["senha"]}
                yield environment | access, None
        finally:
            subprocess.run(_crm("down"), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            remove_place(settings)


def _crm(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stack", *arguments]


def _report(outcome: Outcome) -> Outcome:
    if outcome.failed:
        console.print(outcome.output.rstrip(), markup=False)
    mark = "[red]FALHOU[/]" if outcome.failed else "[green]ok[/]"
    counts = f"{outcome.passed} passaram, {outcome.failed} falharam" + (f", {outcome.skipped} puladas" if outcome.skipped else "")
    console.print(f"{mark} {outcome.name}: {counts} ({outcome.seconds:.1f} s)")
    for reason, times in outcome.skips.most_common():
        console.print(f"   {times} x pulada: {reason}", markup=False)
    return outcome


def _conclude(outcomes: list[Outcome]) -> int:
    """The last line is read by machines: keep its shape."""
    passed, failed, skipped = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("passed", "failed", "skipped"))
    console.print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
