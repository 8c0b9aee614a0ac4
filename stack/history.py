"""What supervisord's own log tells about its processes: how often each started, and when it crashed."""

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

BEGIN = "supervisord started with pid"
SPAWNED = re.compile(r"spawned: '(\S+)' with pid")
STAYED = re.compile(r"success: (\S+) entered RUNNING state")
CRASHED = re.compile(r"^(\S+ \S+) \w+ exited: (\S+) \((.*); not expected\)")
# This many crashes within this time are a fault to report, although the process is running just now.
UNSTABLE_AFTER = 3
UNSTABLE_WITHIN = timedelta(minutes=5)


class History:
    def __init__(self, log: Path) -> None:
        self._starts: Counter[str] = Counter()
        self._attempts: Counter[str] = Counter()
        self._crashes: defaultdict[str, list[datetime]] = defaultdict(list)
        self._ends: dict[str, str] = {}
        for line in _lines(log):
            self._read(line)

    def restarts(self, process: str) -> int:
        return max(0, self._starts[process] - 1)

    def struggling(self, process: str) -> bool:
        """True if its last start but one failed: it ended before it counted as running."""
        return self._attempts[process] > 1

    def unstable(self, process: str, now: datetime) -> bool:
        recent = [moment for moment in self._crashes[process] if now - moment < UNSTABLE_WITHIN]
        return len(recent) >= UNSTABLE_AFTER

    def killed_by(self, process: str) -> str | None:
        """The signal that ended it last, if it was one: then its log cannot tell why."""
        return self._ends.get(process, "").partition("terminated by ")[2] or None

    def _read(self, line: str) -> None:
        if BEGIN in line:
            self._starts.clear()
            self._attempts.clear()
            self._crashes.clear()
        elif spawned := SPAWNED.search(line):
            self._starts[spawned[1]] += 1
            self._attempts[spawned[1]] += 1
        elif stayed := STAYED.search(line):
            self._attempts[stayed[1]] = 0
        elif crashed := CRASHED.match(line):
            self._crashes[crashed[2]].append(datetime.fromisoformat(crashed[1]).astimezone())
            self._ends[crashed[2]] = crashed[3]


def _lines(log: Path) -> list[str]:
    rotated = log.with_name(f"{log.name}.1")
    return [line for path in (rotated, log) if path.exists() for line in path.read_text(errors="replace").splitlines()]
