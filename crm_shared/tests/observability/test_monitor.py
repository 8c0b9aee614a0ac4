"""Health and metrics of a process without a web server, and the command that asks for them."""

import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from crm_shared import draining
from crm_shared.observability import metrics
from crm_shared.observability.monitor import STUCK_AFTER, Beats, start_monitor
from crm_shared.probe import probe


@pytest.fixture
def trouble():
    """What the monitored process would find: loops that are stuck, checks that failed."""
    return {"stuck": [], "failed": []}


@pytest.fixture
def monitor(settings, trouble):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.MONITOR_ADDRESS = ("127.0.0.1", port)
    start_monitor("exemplo", lambda: trouble["stuck"], lambda: trouble["failed"])
    return f"http://127.0.0.1:{port}"


def status(url):
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def test_alive_and_ready(monitor):
    assert (status(f"{monitor}/saude/vivo"), status(f"{monitor}/saude/pronto"), status(f"{monitor}/nada")) == (200, 200, 404)


def test_a_store_that_is_out_is_no_reason_to_restart(monitor, trouble):
    trouble["failed"] = ["banco"]
    assert (status(f"{monitor}/saude/vivo"), status(f"{monitor}/saude/pronto")) == (200, 503)


def test_a_loop_that_no_longer_turns_is(monitor, trouble):
    trouble["stuck"] = ["consumidor"]
    assert (status(f"{monitor}/saude/vivo"), status(f"{monitor}/saude/pronto")) == (503, 503)


def test_a_process_that_ends_is_not_ready(monitor, monkeypatch):
    monkeypatch.setattr(draining, "draining", lambda: True)
    assert (status(f"{monitor}/saude/vivo"), status(f"{monitor}/saude/pronto")) == (200, 503)


def test_tells_its_metrics(monitor, monkeypatch):
    monkeypatch.setattr(metrics, "_sources", [])  # the stores' are the web process's, which another test was
    with urlopen(f"{monitor}/metrics", timeout=5) as answer:
        assert b"python_info" in answer.read()


def test_a_loop_is_stuck_when_it_has_not_turned_for_long():
    now = 0.0
    beats = Beats(lambda: now)
    beats.beat("relay")
    beats.beat("consumidor")
    now = STUCK_AFTER
    beats.beat("relay")
    assert beats.stuck() == []
    now += 1
    assert beats.stuck() == ["consumidor"]


def test_the_probe_tells_by_its_exit_code_and_loads_nothing(monitor, trouble):
    assert probe(f"{monitor}/saude/vivo") is None
    trouble["stuck"] = ["consumidor"]
    assert "consumidor" in str(probe(f"{monitor}/saude/vivo"))
    command = [sys.executable, "-X", "importtime", "-m", "crm_shared.probe"]
    environment = {"MONITOR_BIND": "0.0.0.0:" + monitor.rpartition(":")[2]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "503" in done.stderr
    assert "django" not in done.stderr
    trouble["stuck"] = []
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
