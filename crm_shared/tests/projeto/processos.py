"""The loop of operations in a process of its own, on the test's database, that halts where it is to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from crm_shared.operations.models import Operacao

Process = subprocess.Popen[str]
ROWS_AT_ONCE = 50  # of an import
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor == "mongodb", reason="there tests in one process rehearse the same deaths")
LOOP = """
import sys
import threading
import time
import django
django.setup()
from crm_shared.imports import kinds
from crm_shared.operations import runner
kinds.PORTION = int(sys.argv[2])
portions = 0
def point(name):
    global portions
    portions += name == "operacao.antes_do_commit"
    if portions == int(sys.argv[1]):
        print("held", flush=True)
        time.sleep(600)
runner.point = point
while True:
    runner.Runner().turn(threading.Event())
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[int], Process]]:
    """`process(2)` works operations of the test's database off, and halts in its second portion, all of it written, none committed."""
    started: list[Process] = []
    database = urlunsplit(urlsplit(os.environ["CRM_SHARED_DATABASE_URL"])._replace(path="/" + quote(connection.settings_dict["NAME"])))

    def start(held_at: int) -> Process:
        environment = {
            **os.environ,
            "CRM_SHARED_DATABASE_URL": database,
            "FILES_DIR": settings.STORAGES["default"]["OPTIONS"]["location"],
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        command = [sys.executable, "-c", LOOP, str(held_at), str(ROWS_AT_ONCE)]
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True))
        return started[-1]

    yield start
    for item in started:
        item.kill()
        item.wait()
        assert item.stdout
        item.stdout.close()


def killed(running: Process) -> None:
    """By kill -9 where it halts; what it held is free at once, as it would be when its 30 s are over."""
    assert running.stdout
    assert "held\n" in iter(running.stdout.readline, "")
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    Operacao.objects.filter(arrendada_ate__isnull=False).update(arrendada_ate=timezone.now())


def ended(estado: str) -> None:
    until = time.monotonic() + 240  # for a machine that has other work
    while Operacao.objects.get().estado != estado:
        assert time.monotonic() < until
        time.sleep(0.1)
