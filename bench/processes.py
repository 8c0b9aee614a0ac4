"""Programs of a measurement: started here, ended here by pid, their CPU read from /proc."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from stack.config import ROOT


def end_on_sigterm() -> None:
    """SIGTERM leaves through the `finally` blocks, as Ctrl-C does; also in a shell's background, where SIGINT is ignored."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))


@contextmanager
def running(command: list[str], *, folder: Path, environment: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield psutil.Process(process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def manage(service: str, *arguments: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT / f"{service}_service", env=dict(environment), check=True, stdout=subprocess.DEVNULL)


def wait_until_it_answers(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def own_children(name: str) -> list[psutil.Process]:
    """The processes of this one that are called `name`...: the scratch stores start theirs without telling which."""
    return [child for child in psutil.Process().children() if child.name().startswith(name)]


def cpu_seconds(roots: Iterable[psutil.Process]) -> float:
    """Of the roots and all below them, with what has ended there; in steps of 10 ms, the kernel's tick."""
    total = 0.0
    for root in roots:
        for process in [root, *root.children(recursive=True)]:
            try:
                total += sum(process.cpu_times()[:4])
            except psutil.Error:
                continue  # ended just now: its parent's `children_` times have it
    return total
