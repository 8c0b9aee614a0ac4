"""A second `eventos` of a service stands by, and takes over what a silent one had in hand; nothing doubles when that one wakes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psutil
import pytest
from stack_access import ROOT, bus, frozen, on_its_machine

pytestmark = [on_its_machine, pytest.mark.skipif("CRM_VAR" not in os.environ, reason="o segundo processo roda ao lado da pilha embutida")]

LOOPS = 4  # threads of a process that publishes and consumes


@contextmanager
def standby(servico: str) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "stack", "manage", servico, "eventos", "--skip-checks"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def empresa(admin):
    return admin.create("/gateway/empresas", {"razao_social": f"Padaria {uuid4()} Ltda"})


@pytest.fixture
def renomear(admin, empresa):
    def patch(nome):
        admin.request("PATCH", f"/gateway/empresas/{empresa['id']}", json={"nome_fantasia": nome}).raise_for_status()

    return patch


def test_the_standby_goes_on_where_a_frozen_process_stopped(admin, eventually, empresa, renomear, funil):
    oportunidade = admin.create("/gateway/vendas", {"titulo": "x", "funil_id": funil["id"], "empresa_id": empresa["id"]})

    def nome():
        return admin.read(f"/gateway/vendas/{oportunidade['id']}")["empresa_nome"]

    with standby("empresas") as publica, standby("vendas") as consome:
        eventually(lambda: min(publica.num_threads(), consome.num_threads()) > LOOPS)
        with frozen("empresas-eventos"), frozen("vendas-eventos"):
            renomear("Lua")
            eventually(nome, lambda visto: visto == "Lua")
        for vez in range(10):  # both are awake now, and one of them has to know that it is no longer the one
            renomear(f"Lua {vez}")
        eventually(nome, lambda visto: visto == "Lua 9")
        eventually(lambda: groups_behind("ev:empresas"), lambda behind: behind == [])
        assert [item["name"] for item in bus().xinfo_consumers("ev:empresas", "vendas")] == [b"vendas"]


def groups_behind(stream: str) -> list[bytes]:
    with bus() as client:
        return [group["name"] for group in client.xinfo_groups(stream) if group["pending"] or group["lag"]]
