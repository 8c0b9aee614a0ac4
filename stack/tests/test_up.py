"""The whole way: up, status, crashes, a second up, down; with a service as small as it can be."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from stack import status, up
from stack.config import Settings
from stack.errors import StackError
from stack.supervision import Supervisor


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, scratch=True)  # durability has its own test


def pids(settings: Settings) -> dict[str, int | None]:
    return {one.nome: one.pid for part in status.report(settings).servicos for one in part.processos}


def process(settings: Settings, name: str) -> status.Process:
    found = status.report(settings)
    return next(one for part in [*found.servicos, *found.lojas] for one in part.processos if one.nome == name)


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.3)
    return condition()


def test_up_brings_everything_up_and_a_second_one_changes_nothing(settings: Settings) -> None:
    assert up.up(settings, detach=True) == 0
    admin = json.loads(settings.admin_file.read_text())
    first = pids(settings)
    assert set(first) == {"clientes-web", "clientes-eventos"}
    assert all(first.values())

    assert up.up(settings, detach=True) == 0
    assert (pids(settings), json.loads(settings.admin_file.read_text())) == (first, admin)
    assert (settings.folder("clientes") / "migrated").read_text().count("migrating") == 1

    with pytest.raises(StackError, match="crm down"):
        up.up(replace(settings, port_base=settings.port_base + 20), detach=True)
    assert status.show(settings, as_json=True) == 0
    assert up.down(settings) == 0
    assert status.show(settings, as_json=False) == 1
    assert not any(psutil.pid_exists(pid) for pid in first.values() if pid)


def test_what_is_killed_comes_back(settings: Settings) -> None:
    up.up(settings, detach=True)
    for name in ("clientes-web", "valkey"):
        before = process(settings, name).pid
        assert before
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda name=name, before=before: process(settings, name).pid not in (None, before))
    assert eventually(lambda: status.report(settings).well)

    daemon = psutil.Process(int((settings.run / "supervisord.pid").read_text()))
    for one in [daemon, *daemon.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # some die with their parent
            one.kill()
    assert status.show(settings, as_json=True) == 1
    assert up.up(settings, detach=True) == 0
    assert status.report(settings).well


def test_a_process_that_cannot_start_ends_as_failed_with_its_reason(settings: Settings) -> None:
    (settings.folder("clientes") / "quebrado").touch()
    assert up.up(settings, detach=True) == 1
    assert eventually(lambda: process(settings, "clientes-eventos").estado == "falhou")
    assert process(settings, "clientes-eventos").motivo == "RuntimeError: a fila sumiu"
    assert status.show(settings, as_json=True) == 1
    (settings.folder("clientes") / "quebrado").unlink()
    assert eventually(lambda: bool(process(settings, "clientes-eventos").pid)), "its cause gone, it was to come back by itself"


def test_other_libraries_restart_everything(settings: Settings) -> None:
    up.up(settings, detach=True)
    before = pids(settings)
    (settings.root / "requirements" / "stack.txt").write_text("django==5.3\n")
    assert up.up(settings, detach=True) == 0
    assert not set(pids(settings).values()) & set(before.values())


def test_one_up_at_a_time(settings: Settings) -> None:
    settings.make_folders()
    with up.exclusive(settings), pytest.raises(StackError, match="em andamento"):
        up.up(settings, detach=True)


def test_a_failed_up_leaves_nothing_running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "create_databases", lambda *_: (_ for _ in ()).throw(StackError("sem bases")))
    with pytest.raises(StackError, match="sem bases"):
        up.up(settings, detach=True)
    assert not Supervisor(settings).running()
