"""What `./crm test` consists of, and running one part of it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

from stack.config import ROOT, SERVICES

NOTHING_SELECTED, INTERRUPTED = 5, 130
ON_STACK = {"e2e": "tests/e2e", "fuzz": "tests/fuzz"}  # suites that ask a running CRM, in this order
CHAOS = "caos"


@dataclass(frozen=True)
class Suite:
    """One process. A plain check counts as one test; pytest tells its own numbers."""

    name: str
    command: list[str]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    pytest: bool = True


@dataclass(frozen=True)
class Outcome:
    name: str
    passed: int
    failed: int
    skips: Counter[str]  # how many for which reason
    seconds: float
    output: str

    @property
    def skipped(self) -> int:
        return self.skips.total()


class Runner:
    """Runs suites, and can end those that are running."""

    def __init__(self, expression: str | None = None) -> None:
        self.expression = expression
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False
        self._lock = Lock()

    def run(self, suite: Suite) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="crm-suite-") as folder:
            report = Path(folder) / "report.xml"
            started = time.monotonic()
            code, output = self.call(self._arguments(suite, report), suite.environment, suite.folder)
            passed, failed, skips = _counts(report) if report.exists() else (int(code == 0), 0, Counter())
        if code not in (0, NOTHING_SELECTED if suite.pytest else 0):
            failed = failed or 1  # pytest itself broke
        return Outcome(suite.name, passed if suite.pytest or not failed else 0, failed, skips, time.monotonic() - started, output)

    def end(self) -> None:
        """For good: nothing more is started."""
        with self._lock:
            self._ended = True
            for process in self._running:
                with suppress(ProcessLookupError):  # it ended just now
                    os.killpg(process.pid, signal.SIGTERM)

    def _arguments(self, suite: Suite, report: Path) -> list[str]:
        if not suite.pytest:
            return suite.command
        return [*suite.command, "-q", f"--junitxml={report}", *(["-k", self.expression] if self.expression else [])]

    def call(self, command: list[str], environment: Mapping[str, str], folder: Path = ROOT) -> tuple[int, str]:
        """A command's code and all that it wrote."""
        with self._lock:
            if self._ended:
                return INTERRUPTED, ""
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        try:
            output, _ = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        return process.returncode, output


def pytest_in(*options: str) -> list[str]:
    # -P: the folder it starts in stays off the path, or `clientes_service` would be a second name for its inner package
    return [sys.executable, "-P", "-m", "pytest", *options]


def lint_suites(environment: Mapping[str, str], *, fast: bool) -> list[Suite]:
    scripts = Path(sys.executable).parent
    checks = {
        "ruff check": [sys.executable, "-m", "ruff", "check", "."],
        "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "."],
        "lint-imports": [sys.executable, str(scripts / "lint-imports")],
    }
    folders = [f"{name}_service" for name in SERVICES if (ROOT / f"{name}_service").exists()]
    if not fast:
        checks["mypy"] = [sys.executable, "-m", "mypy", "stack", "crm_shared/src", *folders]
    on_path = {"lint-imports": {"PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in folders)}}
    return [
        Suite(f"lint: {name}", command, environment={**environment, **on_path.get(name, {})}, pytest=False)
        for name, command in checks.items()
    ]


def root_suites() -> list[Suite]:
    """Suites that need neither stores nor Django."""
    suites = [Suite("stack", pytest_in("-p", "no:django", "stack/tests"))]
    if (ROOT / "tests").exists():
        suites.append(Suite("raiz", pytest_in("-p", "no:django", "tests", "--ignore=tests/e2e", "--ignore=tests/fuzz")))
    return suites


def chaos_suite() -> Suite:
    """One check: it brings up a stack of its own, and its output tells the seed and every fault."""
    return Suite(CHAOS, [sys.executable, "-m", "stack", "chaos", "--curto"], pytest=False)


def known_names() -> list[str]:
    services = [name for name in SERVICES if (ROOT / f"{name}_service" / "manage.py").exists()]
    return [*services, "crm_shared", "stack", "raiz", *ON_STACK, CHAOS, "lint"]


def _counts(report: Path) -> tuple[int, int, Counter[str]]:
    """Passed, failed and skipped of a JUnit report."""
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own pytest wrote it
    tests, failures, errors = (int(suite.get(name, "0")) for name in ("tests", "failures", "errors"))
    skips = Counter(case.get("message", "") for case in suite.iter("skipped"))
    return tests - failures - errors - skips.total(), failures + errors, skips
