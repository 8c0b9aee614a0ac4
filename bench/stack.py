"""How long `./crm up --detach` takes, and what it occupies. See README.md."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench import report
from bench.processes import end_on_sigterm
from stack import ports
from stack.accounts import remove_place
from stack.config import ROOT, Settings
from stack.supervision import Supervisor

MIB = 1024**2
SETTLE = 10  # seconds before memory is read, so that all have finished their imports


def main() -> None:
    end_on_sigterm()
    with _place() as settings:
        took = {"first up, empty var": _timed(settings, "up", "--detach")}
        time.sleep(SETTLE)
        memory = _memory(settings)
        took["up of what is up"] = _timed(settings, "up", "--detach")
        took["down"] = _timed(settings, "down")
        took["up with its data there"] = _timed(settings, "up", "--detach")
    print(f"| command | seconds |\n|---|--:|\n{_rows(took)}\nGoal: up within 20 s. {report.machine()}\n")
    _report_memory(memory)


@contextmanager
def _place() -> Iterator[Settings]:
    """A stack of its own, in a folder and on ports of its own; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="crm-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # as root, PostgreSQL's account passes through
        settings = Settings(root=ROOT, var=Path(folder) / "var", port_base=ports.free_base())
        try:
            yield settings
        finally:
            _timed(settings, "down")
            remove_place(settings)


def _timed(settings: Settings, *arguments: str) -> float:
    report.say(f"./crm {' '.join(arguments)}")
    environment = os.environ | {"CRM_VAR": str(settings.var), "CRM_PORT_BASE": str(settings.port_base)}
    start = time.monotonic()
    done = subprocess.run([str(ROOT / "crm"), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"./crm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - start


def _memory(settings: Settings) -> dict[str, tuple[float, float]]:
    """PSS and RSS in MiB of each program, with what runs below it, and of supervisord itself."""
    daemon = psutil.Process(int((settings.run / "supervisord.pid").read_text()))
    found = {"supervisord": _sizes([daemon])}
    for state in sorted(Supervisor(settings).states(), key=lambda state: state.name):
        if state.pid:
            process = psutil.Process(state.pid)
            found[state.name] = _sizes([process, *process.children(recursive=True)])
    return found


def _sizes(processes: list[psutil.Process]) -> tuple[float, float]:
    infos = [process.memory_full_info() for process in processes]
    return sum(info.pss for info in infos) / MIB, sum(info.rss for info in infos) / MIB


def _rows(took: dict[str, float]) -> str:
    return "".join(f"| {name} | {seconds:.1f} |\n" for name, seconds in took.items())


def _report_memory(memory: dict[str, tuple[float, float]]) -> None:
    print("| program | PSS MiB | RSS MiB |\n|---|--:|--:|")
    for name, (pss, rss) in memory.items():
        print(f"| {name} | {pss:.0f} | {rss:.0f} |")
    pss, rss = (sum(sizes[index] for sizes in memory.values()) for index in (0, 1))
    print(f"| all | {pss:.0f} | {rss:.0f} |\n\nGoal: 1.5 GiB resident (1536 MiB); PSS counts a shared page once, RSS in each process.")


if __name__ == "__main__":
    main()
