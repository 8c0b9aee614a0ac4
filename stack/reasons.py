"""Why a process ended, in one line, from the end of its log."""

import json
import re
from pathlib import Path

TAIL_BYTES = 32_000
# An exception as Python prints it, or a line that a store marks as fatal. gunicorn ends with a line that tells less.
TELLING = re.compile(r"^(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Configured|Interrupt|Failure)\b.*|.*\b(?:FATAL|PANIC|ERROR): .*)$")


def last_reason(log: Path) -> str:
    lines = tail(log, TAIL_BYTES)
    for line in reversed(lines):
        text = _message(line)
        if TELLING.match(text):
            return text
    return _message(lines[-1]) if lines else "terminou sem mensagem"


def tail(log: Path, size: int) -> list[str]:
    """The last lines that are not empty, within `size` bytes."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - size))
            data = file.read()
    except FileNotFoundError:
        return []
    return [line.strip() for line in data.decode(errors="replace").splitlines() if line.strip()]


def _message(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict):
        return line
    trace = str(record.get("exception") or "").strip()
    return trace.splitlines()[-1] if trace else str(record.get("mensagem") or line)
