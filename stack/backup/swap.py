"""Putting restored data in the place of the present ones: a few renames, and a mark until they are done."""

import os
from datetime import UTC, datetime
from pathlib import Path

from stack.config import Settings
from stack.errors import StackError

# What a stack is made of; logs and backups stay.
MOVED = ("postgres", "postgres.json", "mongo", "valkey", "arquivos", "feito", "segredos", "admin.json")


def staging_folder(settings: Settings) -> Path:
    return settings.var / ".restauracao"


def swap(settings: Settings, staging: Settings) -> Path | None:
    """Nothing of the stack may run. Answers where the former data are now, if there were any."""
    mark = _mark(settings)
    kept = settings.var / f"antes-da-restauracao-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    mark.write_text(f"{kept}\n")
    former = [name for name in MOVED if _holds_something(settings.var / name)]
    if former:
        kept.mkdir(mode=0o711)
    for name in former:
        os.rename(settings.var / name, kept / name)
    for name in MOVED:
        if (staging.var / name).exists():
            os.rename(staging.var / name, settings.var / name)
    mark.unlink()
    return kept if former else None


def refuse_half_swapped(settings: Settings) -> None:
    """A stack that lacks its stores for this reason must not be started: it would be made anew, and empty."""
    if _mark(settings).exists():
        kept = _mark(settings).read_text().strip()
        raise StackError(f"Uma restauração foi interrompida: repita ./crm restore PASTA --sim. Os dados anteriores estão em {kept}.")


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _mark(settings: Settings) -> Path:
    return settings.var / "restaurando"
