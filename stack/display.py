"""Progress of `up`: bars on a terminal, one line per step elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

# Elsewhere than on a terminal, no line is cut to 80 columns.
console = Console(highlight=False, soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else 250)


class Display:
    """Phases in the order in which they are named; each counts its steps."""

    def __init__(self, console: Console = console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        columns = (SpinnerColumn(), TextColumn("{task.description:<16}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, TextColumn("{task.fields[note]}"), console=console)
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def phase(self, name: str, steps: int) -> None:
        self._tasks[name] = self._bars.add_task(name, total=steps, note="")

    def step(self, name: str, note: str) -> None:
        self._bars.update(self._tasks[name], advance=1, note=note)
        if not self._console.is_terminal:
            self._console.print(f"[{time.monotonic() - self._started:5.1f} s] {name}: {note}", markup=False)

    @contextmanager
    def only(self, name: str, note: str) -> Iterator[None]:
        """A phase of one step."""
        self.phase(name, 1)
        yield
        self.step(name, note)
