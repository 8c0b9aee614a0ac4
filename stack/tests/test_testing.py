"""`./crm test`: suites side by side, and `e2e --url URL`: what it needs to know of a CRM that it did not start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from stack import testing
from stack.config import ROOT
from stack.errors import StackError
from stack.suites import Outcome, Runner, Suite, pytest_in

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ADMIN_EMAIL", "ana@example.com")
    monkeypatch.setenv("CRM_ADMIN_SENHA", "x")


@pytest.mark.parametrize("name", ["CRM_ADMIN_EMAIL", "CRM_ADMIN_SENHA"])
def test_it_asks_for_the_administrator(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(StackError, match=name):
        testing.run(["e2e"], fast=False, expression=None, url=NOBODY)


def test_it_says_when_nobody_answers_there() -> None:
    with pytest.raises(StackError, match=NOBODY):
        testing.run(["e2e"], fast=False, expression=None, url=NOBODY)


def python(name: str, code: str) -> Suite:
    return Suite(name, [sys.executable, "-c", code], pytest=False)


def one_after_the_other(runner: Runner, *suites: Suite) -> Iterator[Outcome]:
    yield from map(runner.run, suites)


def test_two_run_at_once_and_a_failure_hides_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each of the first two waits for the other."""
    meet = "import pathlib, sys, time\nprint('I am', sys.argv)\npathlib.Path(r'{0}/{1}').touch()\n"
    meet += "while not pathlib.Path(r'{0}/{2}').exists(): time.sleep(0.01)\n{3}"
    runner = Runner()
    first = python("first", meet.format(tmp_path, "a", "b", "sys.exit('first broke')"))
    second = python("second", meet.format(tmp_path, "b", "a", ""))
    jobs = [partial(one_after_the_other, runner, first, python("after it", "")), partial(one_after_the_other, runner, second)]
    told = {outcome.name: (outcome.passed, outcome.failed) for outcome in testing._side_by_side(runner, jobs)}
    assert told == {"first": (0, 1), "after it": (1, 0), "second": (1, 0)}
    shown = capsys.readouterr().out
    assert "first broke\nFALHOU first" in shown
    assert shown.count("I am") == 1, "of those that passed nobody reads what they wrote"


def test_what_breaks_one_job_ends_the_other(tmp_path: Path) -> None:
    def broken() -> Iterator[Outcome]:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        raise StackError("no ports")
        yield

    runner = Runner()
    endless = python("endless", f"import pathlib, time\npathlib.Path(r'{tmp_path}/begun').touch()\ntime.sleep(600)")
    with pytest.raises(StackError, match="no ports"):
        list(testing._side_by_side(runner, [partial(one_after_the_other, runner, endless, python("next", "")), broken]))
    assert runner.run(python("later", "")).failed, "nothing starts any more"


def test_ctrl_c_ends_all_that_it_started(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stack", "test", "auth", "e2e"]
    running = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL)
    until(
        lambda: any("pytest" in words(child) for child in family(running.pid)) and list(tmp_path.glob("crm-e2e-*/var/run/supervisord.pid"))
    )
    started = family(running.pid) + family(int(next(tmp_path.glob("crm-e2e-*/var/run/supervisord.pid")).read_text()))
    running.send_signal(signal.SIGINT)
    assert running.wait(90) == 130
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert list(tmp_path.glob("crm-*")) == []


def test_it_says_why_tests_were_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\n@pytest.mark.skip(reason='falta o [Chromium]')\n"
    (tmp_path / "test_um.py").write_text(f"{mark}def test_um(n): ...\n\n\ndef test_dois(): ...\n")
    outcome = testing._report(Runner().run(Suite("um", pytest_in("-p", "no:django"), tmp_path)))
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 0, 2)
    assert "2 x pulada: falta o [Chromium]" in capsys.readouterr().out


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]
