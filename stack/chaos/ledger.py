"""What the CRM accepted: each record with the version and values of the last answer that said so."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Entry:
    kind: str
    id: str
    version: int
    values: dict[str, Any]
    deleted: bool = False
    starts_flow: bool = False
    first_name: str = ""


@dataclass
class Batch:
    """A spreadsheet, and how far it was accepted; `file`: the rows in which it came out again."""

    service: str
    sign: str
    rows: int
    imported: bool = False
    changed: bool = False
    file: list[str] | None = None


@dataclass(frozen=True)
class Handover:
    """`records`: kind -> what the one who left owned."""

    leaver: str
    heir: str
    records: dict[str, list[str]]


@dataclass
class Ledger:
    """Each record is written by one thread only, so that its last acknowledged version is the last there is."""

    entries: dict[str, Entry] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    sagas: dict[str, str] = field(default_factory=dict)  # id -> the name that everything it makes bears
    batches: list[Batch] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, entry: Entry) -> None:
        with self._lock:
            self.entries[entry.id] = entry

    def started(self, saga: str, name: str) -> None:
        with self._lock:
            self.sagas[saga] = name

    def heard(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1

    def refused(self, what: str) -> None:
        with self._lock:
            self.refusals.append(what)

    def gave_up(self, what: str) -> None:
        with self._lock:
            self.unresolved.append(what)

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.kind == kind]
