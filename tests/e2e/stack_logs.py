"""What the processes of the CRM under test have written, wherever it is kept. See stack_access.py."""

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STORES = ("postgres", "valkey", "redis", "mongo")


def texts() -> dict[str, str]:
    """All that is kept, by process: clientes-web, automacao-worker, postgres."""
    return _of_containers() if os.environ.get("CRM_COMPOSE") == "1" else _of_files()


def lines(rastro: str) -> list[tuple[str, dict[str, Any]]]:
    """The lines of one trace with the process that wrote each, by time."""
    found = [
        (process, json.loads(line))
        for process, text in texts().items()
        for line in text.splitlines()
        if rastro in line and line.startswith("{")
    ]
    return sorted(((process, line) for process, line in found if line["rastro"] == rastro), key=lambda item: item[1]["hora"])


def _of_files() -> dict[str, str]:
    """supervisor renames a full file to .log.1, then .log.2."""
    found: dict[str, str] = defaultdict(str)
    for path in sorted((Path(os.environ["CRM_VAR"]) / "log").glob("*.log*"), reverse=True):
        found[path.name.partition(".log")[0]] += path.read_text(errors="replace")
    return found


def _of_containers() -> dict[str, str]:
    names = _compose("ps", "--all", "--services").split()
    erase_line = "\x1b[2K"  # Compose 2.26 writes it to pipes too
    return {name: _compose("logs", "--no-color", "--no-log-prefix", name).replace(erase_line, "") for name in names}


def _compose(*arguments: str) -> str:
    done = subprocess.run(["docker", "compose", *arguments], cwd=ROOT, capture_output=True, text=True, errors="replace", check=True)
    return done.stdout
