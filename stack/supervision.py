"""supervisord as a daemon of this stack, spoken to over its unix socket."""

import contextlib
import hashlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from stack.accounts import recorded_home
from stack.config import Settings
from stack.environment import inherited
from stack.errors import StackError
from stack.history import History
from stack.programs import STORE_GROUP, configuration_file

# In the environment of everything that supervisord starts: what a killed supervisord left behind is found by it.
MARKER = "CRM_STACK"
PRELOAD = Path(__file__).with_name("preload.py")
SETTLING_SECONDS = 3
ALIVE = ("STARTING", "RUNNING", "STOPPING")
UNREACHABLE = (OSError, http.client.HTTPException, xmlrpc.client.Fault)


@dataclass(frozen=True)
class ProcessState:
    name: str
    group: str
    state: str
    pid: int
    started: int
    now: int

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    @property
    def settled(self) -> bool:
        """Alive for long enough to have failed at its imports."""
        return self.alive and self.now - self.started >= SETTLING_SECONDS

    @property
    def given_up(self) -> bool:
        return self.state in ("FATAL", "EXITED", "UNKNOWN")


class Supervisor:
    """One stack's supervisord, whether or not it is running."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def running(self) -> bool:
        try:
            return bool(self._call("getPID"))
        except UNREACHABLE:
            return False

    def outdated(self) -> bool:
        """True if it was started with other libraries than those that are installed now."""
        return self._loaded.read_text() != self._lock() if self._loaded.exists() else True

    def start(self) -> None:
        self._loaded.write_text(self._lock())
        self.settings.socket.unlink(missing_ok=True)
        command = [sys.executable, "-P", str(PRELOAD), "-c", str(configuration_file(self.settings))]
        done = subprocess.run(
            command,
            cwd="/",
            # SPT_NOENV: the names that its forks take leave their environment, and with it the marker, readable
            env=inherited() | {MARKER: str(self.settings.var), "SPT_NOENV": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not _until(self.running, 10):
            reason = (done.stderr or done.stdout).strip().splitlines()
            raise StackError(f"O supervisor não iniciou: {reason[0] if reason else f'veja {self.settings.run}/supervisord.log'}")

    def apply_configuration(self) -> None:
        """Takes over what the configuration file says now; groups that it leaves as they were go on undisturbed."""
        (added, changed, removed), *_ = self._call("reloadConfig")
        for group in [*changed, *removed]:
            self._stop_group(group)
            self._call("removeProcessGroup", group)
        for group in [*changed, *added]:
            self._call("addProcessGroup", group)

    def states(self) -> list[ProcessState]:
        return [
            ProcessState(info["name"], info["group"], info["statename"], info["pid"], info["start"], info["now"])
            for info in self._call("getAllProcessInfo")
        ]

    def history(self) -> History:
        return History(self.settings.run / "supervisord.log")

    def start_group(self, group: str) -> bool:
        """Starts those of the group that do not run, without waiting for them; tells whether there were any."""
        idle = [state.name for state in self.states() if state.group == group and not state.alive]
        for name in idle:
            self.start_process(f"{group}:{name}")
        return bool(idle)

    def stop_process(self, name: str) -> None:
        """In good order, and waits for its end; nothing to do where it does not run."""
        try:
            self._call("stopProcess", name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise

    def signal_process(self, name: str, signal_name: str) -> None:
        self._call("signalProcess", name, signal_name)

    def run_once(self, group: str, name: str) -> bool:
        """Runs a program that ends by itself; tells whether it ended well."""
        full = f"{group}:{name}"
        self.start_process(full)
        while (info := self._call("getProcessInfo", full))["statename"] in ALIVE:
            time.sleep(0.05)
        return bool(info["statename"] == "EXITED" and info["exitstatus"] == 0)

    def stop(self) -> None:
        """Services first, so that they can still finish with the stores; then the daemon, then any remains."""
        if self.running():
            groups = sorted({state.group for state in self.states()}, key=lambda group: group == STORE_GROUP)
            for group in groups[:-1]:
                self._call("stopProcessGroup", group, False)
            _until(lambda: not any(state.alive for state in self.states() if state.group != STORE_GROUP), 30)
            for group in groups[-1:]:
                self._stop_group(group)
            self._shut_down()
        end_strays(self.settings)
        if self.settings.socket.parent != self.settings.run:
            shutil.rmtree(self.settings.socket.parent, ignore_errors=True)

    @property
    def _loaded(self) -> Path:
        return self.settings.run / "bibliotecas"

    def _lock(self) -> str:
        return hashlib.sha256((self.settings.root / "requirements" / "stack.txt").read_bytes()).hexdigest()

    def _shut_down(self) -> None:
        daemon = psutil.Process(self._call("getPID"))
        self._call("shutdown")
        psutil.wait_procs([daemon], timeout=40)

    def _stop_group(self, group: str) -> None:
        self._call("stopProcessGroup", group)

    def start_process(self, name: str) -> None:
        """`name` with its group, as `clientes:clientes-web`; does not wait."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in (Faults.ALREADY_STARTED, Faults.SPAWN_ERROR):
                raise

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.settings.socket}")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def end_strays(settings: Settings) -> None:
    """Ends processes of this stack that no supervisord looks after any more."""
    strays = [process for process in psutil.process_iter() if _is_ours(process, settings)]
    for process in strays:
        _signal(process, signal.SIGTERM)
    # PostgreSQL overwrites its environment with its title; it is told by its pid file. On SIGTERM it would wait for its clients.
    for process in _postmaster(settings):
        _signal(process, signal.SIGINT)
        strays.append(process)
    _, stubborn = psutil.wait_procs(strays, timeout=15)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)


def _is_ours(process: psutil.Process, settings: Settings) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARKER) == str(settings.var)
    except (psutil.Error, OSError):
        return False


def _postmaster(settings: Settings) -> list[psutil.Process]:
    home = recorded_home(settings)
    try:
        pid, folder, *_ = ((home or settings.var) / "dados" / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(pid))
        return [process] if home and folder == str(home / "dados") and process.name() == "postgres" else []
    except (OSError, ValueError, psutil.Error):
        return []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
