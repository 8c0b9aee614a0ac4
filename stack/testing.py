"""`./crm test`: every proof of the repository, against real stores, in as many processes as suites and two at a time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from pathlib import Path

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
console = Console(highlight=False, soft_wrap=True, emoji=False)


def run(names: list[str], *, fast: bool, expression: str | None, url: str | None) -> int:
    selected = _selection(names, fast=fast, url=url)
    if url:
        _check_access(url)
    runner = Runner(expression)
    outcomes: list[Outcome] = []
    try:
        with scratch_stores() if _needs_stores(selected) else nullcontext() as stores:
            outcomes += _run_side_by_side(runner, _suites(selected, stores, fast=fast))
        if asking := [name for name in ON_STACK if name in selected]:
            outcomes += _run_on_stack(runner, asking, url)
        if CHAOS in selected and not expression:
            outcomes.append(_report(runner.run(chaos_suite())))
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


def _run_side_by_side(runner: Runner, suites: list[Suite]) -> Iterator[Outcome]:
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for done in as_completed([pool.submit(runner.run, suite) for suite in suites]):
            yield _report(done.result())
    finally:
        runner.end()
        pool.shutdown(cancel_futures=True)


def _run_on_stack(runner: Runner, names: list[str], url: str | None) -> Iterator[Outcome]:
    with nullcontext(({**os.environ, "CRM_URL": url}, None)) if url else _temporary_stack() as (environment, trouble):
        for name in names:
            if trouble is None:
                yield _report(runner.run(Suite(name, pytest_in("-p", "no:django", ON_STACK[name]), environment=environment)))
            else:
                yield _report(Outcome(name, 0, 1, 0, 0, trouble))


@contextmanager
def _temporary_stack() -> Iterator[tuple[dict[str, str], str | None]]:
    """A whole stack of its own, as `./crm up` makes it; the second value says why it did not come up."""
    with tempfile.TemporaryDirectory(prefix="crm-e2e-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        settings = Settings(root=ROOT, var=Path(folder) / "var", port_base=ports.free_base())
        place = {"CRM_VAR": str(settings.var), "CRM_PORT_BASE": str(settings.port_base)}
        # receivers of tests listen on this machine
        environment = {**os.environ, **place, "WEBHOOK_ALLOW_PRIVATE": "1", **UNLIMITED}
        try:
            started = _crm(environment, "up", "--detach")
            if started.returncode:
                yield environment, started.stdout
            else:
                admin = json.loads(settings.admin_file.read_text())
                access = {"CRM_URL": settings.url("gateway"), "CRM_ADMIN_EMAIL": admin["email"], "CRM_ADMIN_SENHA": admin["senha"]}
                yield environment | access, None
        finally:
            _crm(environment, "down")
            remove_place(settings)


def _crm(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stack", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def _report(outcome: Outcome) -> Outcome:
    if outcome.failed:
        console.print(outcome.output.rstrip(), markup=False)
    mark = "[red]FALHOU[/]" if outcome.failed else "[green]ok[/]"
    counts = f"{outcome.passed} passaram, {outcome.failed} falharam" + (f", {outcome.skipped} puladas" if outcome.skipped else "")
    console.print(f"{mark} {outcome.name}: {counts} ({outcome.seconds:.1f} s)")
    return outcome


def _conclude(outcomes: list[Outcome]) -> int:
    """The last line is read by machines: keep its shape."""
    passed, failed, skipped = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("passed", "failed", "skipped"))
    console.print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
