"""What the machine of a CRM can do and its clients cannot: read its keys, stop and kill its processes, write on its bus.

Processes go by the names that `./crm status` shows: clientes-web, automacao-worker.
"""

import os
from pathlib import Path
from types import ModuleType

import containers
import embedded
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
machine: ModuleType = containers if os.environ.get("CRM_COMPOSE") == "1" else embedded

on_its_machine = pytest.mark.skipif(
    not {"CRM_VAR", "CRM_COMPOSE"} & set(os.environ),
    reason="nem CRM_VAR (./crm) nem CRM_COMPOSE=1 (docker compose) diz onde estão as chaves e os processos do CRM",
)

signing_keys, own_url, bus, has_unread_requests = machine.signing_keys, machine.own_url, machine.bus, machine.has_unread_requests
stopped, frozen, kill, reload, manage = machine.stopped, machine.frozen, machine.kill, machine.reload, machine.manage
pid_of, settled, restarts = machine.pid_of, machine.settled, machine.restarts

__all__ = [
    "ROOT",
    "SERVICES",
    "bus",
    "frozen",
    "has_unread_requests",
    "kill",
    "manage",
    "on_its_machine",
    "own_url",
    "pid_of",
    "reload",
    "restarts",
    "settled",
    "signing_keys",
    "stopped",
]
