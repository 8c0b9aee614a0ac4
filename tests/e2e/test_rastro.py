"""One request under one trace: gateway, service, relay, consumers, worker, and the service that the worker asks."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
import stack_logs
from crm_client import Crm
from stack_access import on_its_machine

pytestmark = on_its_machine

Eventually = Callable[..., Any]
Lines = list[tuple[str, dict[str, Any]]]

# (service, message) that one new person leaves behind where a flow makes a task of it, and in this order
HOPS = [
    ("clientes", "evento publicado"),
    ("automacao", "evento"),
    ("tarefas", "requisicao"),
    ("automacao", "execucao"),
]


@pytest.fixture
def fluxo(admin: Crm) -> Iterator[dict[str, Any]]:
    """Every person who comes from an event gets a task."""
    passo = {"tipo": "criar_tarefa", "parametros": {"titulo": "Ligar", "tipo": "ligacao", "prazo_dias_uteis": 1}}
    gatilho = {"evento": "clientes.cliente.criado.v1", "condicoes": [{"campo": "origem", "operador": "igual", "valor": "evento"}]}
    fluxo = admin.create("/gateway/automacao", {"nome": f"Rastro {uuid4()}", "gatilho": gatilho, "passos": [passo]})
    admin.create(f"/gateway/automacao/{fluxo['id']}/publicar", {})
    yield fluxo
    admin.create(f"/gateway/automacao/{fluxo['id']}/arquivar", {})


@pytest.fixture
def create(admin: Crm, fluxo: dict[str, Any], eventually: Eventually) -> Callable[..., Lines]:
    """`create(**headers)` is a new person; gives the lines of its trace when all hops have left theirs."""

    def create(**headers: str) -> Lines:
        body = {"nome": f"Rastro {uuid4()}", "origem": "evento", "cpf": "529.982.247-25"}
        answer = admin.request("POST", "/gateway/clientes", json=body, headers=headers)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409:  # that CPF is another test's
            answer = admin.request("POST", "/gateway/clientes", json=body | {"cpf": ""}, headers=headers)
        rastro = answer.headers["X-Rastro"]
        return list(eventually(lambda: stack_logs.lines(rastro), complete, 60.0))

    return create


def complete(lines: Lines) -> bool:
    seen = {(line["servico"], line["mensagem"]) for _, line in lines}
    return {*HOPS, ("gateway", "requisicao"), ("clientes", "requisicao"), ("vendas", "evento")} <= seen


def test_the_clients_trace_is_in_every_line_from_the_gateway_to_the_task(create: Callable[..., Lines]) -> None:
    rastro = token_hex(16)
    lines = create(traceparent=f"00-{rastro}-{token_hex(8)}-01")
    assert {line["rastro"] for _, line in lines} == {rastro}
    seen = [(line["servico"], line["mensagem"]) for _, line in lines]
    places = [seen.index(hop) for hop in HOPS]
    assert places == sorted(places), seen
    published = lines[seen.index(("clientes", "evento publicado"))][1]
    consumed = lines[seen.index(("automacao", "evento"))][1]
    assert (consumed["evento"], consumed["tipo"], consumed["resultado"]) == (published["evento"], "clientes.cliente.criado.v1", "aplicado")
    asked = lines[seen.index(("tarefas", "requisicao"))][1]
    assert (asked["metodo"], asked["rota"], asked["causa"]) == ("POST", "/tarefas", published["evento"])
    assert all(isinstance(line["ms"], float) for _, line in lines if line["mensagem"] in ("requisicao", "evento", "tarefa"))


def test_a_trace_that_the_gateway_made_goes_the_same_way(create: Callable[..., Lines]) -> None:
    lines = create()
    [rastro] = {line["rastro"] for _, line in lines}
    assert len(rastro) == 32
    assert rastro not in ("0" * 32, "f" * 32)


def test_the_gateway_draws_it(admin: Crm, create: Callable[..., Lines], eventually: Eventually) -> None:
    rastro = create()[0][1]["rastro"]

    def steps() -> list[dict[str, Any]]:
        answer = admin.request("GET", f"/gateway/rastros/{rastro}")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["passos"])

    made = ("tarefas", "evento", "tarefas.tarefa.criada.v1")
    shown = eventually(steps, lambda found: made in [(step["servico"], step["tipo"], step["nome"]) for step in found], 60.0)
    first = shown[0]
    assert (first["nome"], first["nivel"]) == ("clientes.cliente.criado.v1", 0)
    below = [(step["servico"], step["tipo"]) for step in shown if step["pai"] == 0]
    assert {("vendas", "recebido"), ("automacao", "recebido"), ("automacao", "execucao"), ("tarefas", "evento")} <= {*below}, shown
    drawn = admin.request("GET", f"/gateway/rastros/{rastro}?formato=texto").text.splitlines()
    assert len(drawn) >= len(shown) + 1


@pytest.mark.skipif("CRM_VAR" not in os.environ, reason="./crm logs é da pilha embutida")
def test_crm_logs_shows_it_in_order(create: Callable[..., Lines]) -> None:
    lines = create()
    rastro = lines[0][1]["rastro"]
    command = [sys.executable, "-m", "stack", "logs", "--rastro", rastro]
    shown = subprocess.run(command, cwd=stack_logs.ROOT, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "400"})
    rows = [row for row in shown.stdout.splitlines() if rastro in row]
    assert [row.split()[0] for row in rows][: len(lines)] == [process for process, _ in lines]
    assert [row.split()[1] for row in rows] == sorted(row.split()[1] for row in rows)
