from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stack.history import History
from stack.reasons import last_reason

GUNICORN = """\
[2026-11-22 10:00:00 +0000] [7] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "settings.py", line 3, in <module>
django.core.exceptions.ImproperlyConfigured: BUS_URL is not set
[2026-11-22 10:00:00 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-11-22 10:00:01 +0000] [5] [ERROR] Reason: Worker failed to boot.
"""
POSTGRES = """\
2026-11-22 10:00:00.000 UTC [9] FATAL:  data directory "/x" has invalid permissions
2026-11-22 10:00:00.001 UTC [9] DETAIL:  Permissions should be u=rwx (0700).
"""
JSON_LINE = '{"level": "error", "mensagem": "falhou", "exception": "Traceback\\n  File\\nredis.exceptions.ConnectionError: refused"}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GUNICORN, "django.core.exceptions.ImproperlyConfigured: BUS_URL is not set"),
        (POSTGRES, '2026-11-22 10:00:00.000 UTC [9] FATAL:  data directory "/x" has invalid permissions'),
        (JSON_LINE, "redis.exceptions.ConnectionError: refused"),
        ("just\nthis\n\n", "this"),
        ("", "terminou sem mensagem"),
    ],
)
def test_the_reason_is_the_line_that_tells_most(tmp_path: Path, text: str, reason: str) -> None:
    log = tmp_path / "x.log"
    log.write_text(text)
    assert last_reason(log) == reason


def test_a_missing_log_is_no_trouble(tmp_path: Path) -> None:
    assert last_reason(tmp_path / "none.log") == "terminou sem mensagem"


def supervisor_log(tmp_path: Path, *events: str) -> History:
    now = datetime.now().astimezone()
    lines = [f"{(now - timedelta(seconds=len(events) - i)).strftime('%Y-%m-%d %H:%M:%S,000')} INFO {e}" for i, e in enumerate(events)]
    log = tmp_path / "supervisord.log"
    log.write_text("\n".join(lines))
    return History(log)


STARTED = "supervisord started with pid 1"
SPAWNED = "spawned: 'x' with pid 2"
STAYED = "success: x entered RUNNING state, process has stayed up for > than 10 seconds (startsecs)"
CRASHED = "exited: x (exit status 1; not expected)"
KILLED = "exited: x (terminated by SIGKILL; not expected)"


def test_restarts_count_from_the_last_start_of_supervisord(tmp_path: Path) -> None:
    history = supervisor_log(tmp_path, STARTED, SPAWNED, CRASHED, SPAWNED, STARTED, SPAWNED, STAYED, KILLED, SPAWNED)
    assert history.restarts("x") == 1


def test_one_crash_after_a_long_life_is_not_a_struggle(tmp_path: Path) -> None:
    history = supervisor_log(tmp_path, STARTED, SPAWNED, STAYED, KILLED, SPAWNED)
    assert not history.struggling("x")
    assert history.killed_by("x") == "SIGKILL"


def test_failing_right_after_each_start_is_a_struggle(tmp_path: Path) -> None:
    history = supervisor_log(tmp_path, STARTED, SPAWNED, CRASHED, SPAWNED)
    assert history.struggling("x")
    assert history.killed_by("x") is None


def test_three_crashes_in_five_minutes_are_instability(tmp_path: Path) -> None:
    history = supervisor_log(tmp_path, STARTED, *([SPAWNED, STAYED, CRASHED] * 3), SPAWNED, STAYED)
    now = datetime.now(UTC)
    assert history.unstable("x", now)
    assert not history.unstable("x", now + timedelta(minutes=6))
