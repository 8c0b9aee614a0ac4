"""The logs of all processes as one story: merged by time, readable, filtered."""

import json
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from rich.text import Text

from stack.config import Settings
from stack.display import console
from stack.errors import StackError

LEVELS = ("debug", "info", "warning", "error", "critical")
COLOURS = {"debug": "dim", "warning": "yellow", "error": "red", "critical": "bold red"}
# Shown in a place of their own, so not again behind the message.
PLACED = ("hora", "level", "servico", "mensagem", "exception")
# Lines of the stores and of supervisor begin with a time of one of these forms.
PLAIN_TIME = re.compile(r"(?:\d+:[A-Z] )?\[?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{3}))?(?: ?(UTC|Z|[+-]\d\d:?\d\d))?")
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Line:
    """One line of a log; `record` is None where it is not JSON."""

    process: str
    moment: str
    text: str
    record: dict[str, Any] | None

    @property
    def level(self) -> str:
        if self.record is not None:
            return str(self.record.get("level", "info")).lower()
        return "error" if re.search(r"Error\b|ERROR|FATAL|PANIC|CRITICAL|Traceback", self.text) else "info"


@dataclass(frozen=True)
class Filter:
    trace: str | None = None
    level: str | None = None

    def accepts(self, line: Line) -> bool:
        if self.trace and (line.record is None or not str(line.record.get("rastro", "")).startswith(self.trace)):
            return False
        return self.level is None or _rank(line.level) >= _rank(self.level)


class LogFile:
    """A file that grows, and that supervisor replaces by a new one when it is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode = 0
        self._position = 0
        self._moment = ""

    def read(self) -> list[Line]:
        """Whole lines that came since the last call."""
        try:
            with self.path.open("rb") as file:
                self._follow(file)
                data, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._position += len(data) + 1 if data else 0
        return [self._line(text) for text in data.decode(errors="replace").splitlines() if text.strip()]

    def _follow(self, file: BinaryIO) -> None:
        found = os.fstat(file.fileno())
        if found.st_ino != self._inode or found.st_size < self._position:
            self._inode, self._position = found.st_ino, 0
        file.seek(self._position)

    def _line(self, text: str) -> Line:
        record = _json(text)
        # a line without a time, as in a traceback, belongs to the line before it
        self._moment = (_json_time(record) if record else _plain_time(text)) or self._moment
        return Line(self.path.stem.removesuffix(".log"), self._moment, text, record)


def show(settings: Settings, *, service: str | None, trace: str | None, level: str | None, follow: bool) -> int:
    if level is not None and level.lower() not in LEVELS:
        raise StackError(f"Nível desconhecido: {level}. Os níveis são: {', '.join(LEVELS)}.")
    wanted = Filter(trace, level)
    files: dict[Path, LogFile] = {}
    while True:
        for path in _paths(settings, service):
            files.setdefault(path, LogFile(path))
        for line in merged(files.values()):
            if wanted.accepts(line):
                console.print(pretty(line))
        if not follow:
            return 0
        time.sleep(POLL_SECONDS)


def merged(files: Iterable[LogFile]) -> list[Line]:
    """By time; lines of one file stay in their order."""
    return sorted((line for file in files for line in file.read()), key=lambda line: line.moment)


def pretty(line: Line) -> Text:
    colour = COLOURS.get(line.level, "")
    text = Text.assemble((f"{line.process:<18} ", "cyan"))
    if line.record is None:
        return text.append(line.text, style=colour)
    rest = " ".join(f"{name}={value}" for name, value in line.record.items() if name not in PLACED)
    clock = str(line.record.get("hora", ""))[11:23]
    text.append(f"{clock} {line.level.upper():<8} ", style=colour).append(str(line.record.get("mensagem", "")))
    text.append(f"  {rest}", style="dim")
    trace = line.record.get("exception")
    return text.append(f"\n{trace}", style=colour) if trace else text


def _paths(settings: Settings, service: str | None) -> list[Path]:
    """Oldest first: a full file is renamed to `.log.1`, then `.log.2`."""
    if service and not list(settings.logs.glob(f"{service}*.log")):
        names = sorted({path.stem.split("-")[0] for path in settings.logs.glob("*.log")})
        raise StackError(f"Não há logs de {service!r}. Há de: {', '.join(names) or 'ninguém; rode antes ./crm up'}.")
    found = settings.logs.glob(f"{service or ''}*.log*")
    return sorted(found, key=lambda path: (path.name.split(".log")[0], -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0))


def _rank(level: str) -> int:
    return LEVELS.index(level.lower()) if level.lower() in LEVELS else LEVELS.index("info")


def _json(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text) if text.startswith("{") else None
    except ValueError:
        return None
    return record


def _json_time(record: dict[str, Any]) -> str:
    """Without its zone, which is always UTC, because `01Z` would sort behind `01.5Z`."""
    return str(record.get("hora", "")).removesuffix("Z").removesuffix("+00:00")


def _plain_time(text: str) -> str:
    """As that of a JSON line; a time that names no zone is local."""
    match = PLAIN_TIME.match(text)
    if match is None:
        return ""
    day, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}.{fraction or '000'}{'+00:00' if zone in ('UTC', 'Z') else zone or ''}")
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00")
