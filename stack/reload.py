"""`./crm reload`: new processes of a service take over from the old ones, which finish what they have in hand.

gunicorn does it on SIGHUP: the new worker listens on the same socket before the old one is told to end, so that no request meets
a closed door. Migrations and settings are `./crm up`'s.
"""

import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

from stack import credentials
from stack.config import Settings
from stack.display import console
from stack.environment import service_environment
from stack.errors import StackError
from stack.supervision import Supervisor

PATIENCE = 60.0  # seconds; gunicorn lets the old worker finish for 15


def reload(settings: Settings, services: Sequence[str]) -> None:
    if unknown := next((name for name in services if name not in settings.services), None):
        raise StackError(f"Serviço desconhecido: {unknown}. Os que existem: {', '.join(settings.services)}.")
    supervisor = Supervisor(settings)
    if not supervisor.running():
        raise StackError("O CRM não está no ar: use ./crm up.")
    for service in services:
        _check(settings, service)
        _reload(supervisor, service)
        console.print(f"{service} recarregado")


def _check(settings: Settings, service: str) -> None:
    """Code that does not load would end gunicorn as a whole, and with it the workers that still answer."""
    environment = service_environment(settings, credentials.load_or_create(settings), service)
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=settings.folder(service), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["sem explicação"]
        raise StackError(f"{service} continua como estava: o código de agora não passa em ./crm manage {service} check: {lines[-1]}")


def _reload(supervisor: Supervisor, service: str) -> None:
    web = f"{service}-web"
    states = {state.name: state for state in supervisor.states() if state.group == service and state.alive}
    if web not in states:
        raise StackError(f"{web} não está no ar: veja ./crm status.")
    master = psutil.Process(states[web].pid)
    old = master.children()
    supervisor.signal_process(f"{service}:{web}", "HUP")
    deadline = time.monotonic() + PATIENCE
    while any(worker.is_running() for worker in old) or not master.children():
        if time.monotonic() > deadline:
            raise StackError(f"{web} não trocou de processo em {PATIENCE:.0f} s: veja ./crm logs --servico {service}.")
        time.sleep(0.1)
    for name in states.keys() - {web}:  # these take no requests, and go on where they were
        supervisor.stop_process(f"{service}:{name}")
        supervisor.start_process(f"{service}:{name}")
