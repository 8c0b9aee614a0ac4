"""One search over all services: what is there is found by anything that people know of it, and only by who may see it."""

import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Client, Elenco


@pytest.fixture(scope="module")
def palavra() -> str:
    """A word of its own: of all that carries the run's common mark only the first five of each kind are shown."""
    return token_hex(5)


@pytest.fixture(scope="module")
def registros(elenco: Elenco, palavra: str, funil: dict[str, Any]) -> dict[str, str]:
    """One record of ana's in each service, all named by the word; ids by resource."""
    crm = elenco.ana.crm
    pessoa = crm.create("/gateway/clientes", {"nome": f"Conceição {palavra}", "telefone": "(11) 98765-4321"})
    empresa = elenco.gil.crm.create("/gateway/empresas", {"razao_social": f"Pão {palavra} Ltda", "cnpj": ""})
    venda = crm.create("/gateway/vendas", {"titulo": f"Fornos {palavra}", "funil_id": funil["id"], "cliente_id": pessoa["id"]})
    tarefa = crm.create("/gateway/tarefas", {"titulo": f"Ligar para {palavra}"})
    return {"clientes": pessoa["id"], "empresas": empresa["id"], "oportunidades": venda["id"], "tarefas": tarefa["id"]}


def busca(crm: Client, q: str, **parameters: str) -> dict[str, Any]:
    """Asked again, as a person would, while a service had no time to answer: a part of an answer is no failure of the search."""
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    for _ in range(10):
        answer = crm.get(f"/gateway/busca?q={quote(q)}{more}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if all(missing["motivo"] == "escopo_ausente" for missing in found["indisponiveis"]):
            break
        time.sleep(1)
    return found


def test_every_service_answers_to_the_fields_that_it_is_asked_for(admin: Client) -> None:
    assert busca(admin, "qualquer coisa")["indisponiveis"] == []


def test_one_word_finds_records_of_all_services(elenco: Elenco, registros: dict[str, str], palavra: str) -> None:
    found = {item["recurso"]: item["id"] for item in busca(elenco.ana.crm, palavra)["resultados"]}
    assert registros.items() <= found.items()


def test_accents_and_masks_make_no_difference(elenco: Elenco, registros: dict[str, str], palavra: str) -> None:
    for q in (f"CONCEICAO {palavra}", "11987654321", "(11) 98765-4321", "8765-4321"):
        achados = busca(elenco.ana.crm, q, recursos="clientes", limite="25")["resultados"]
        assert registros["clientes"] in {item["id"] for item in achados}, q
    (achado,) = busca(elenco.ana.crm, f"conceição {palavra}", recursos="clientes")["resultados"]
    assert elenco.ana.crm.get(achado["endereco"]).json()["nome"] == f"Conceição {palavra}"


def test_nobody_finds_what_is_not_theirs_to_see(elenco: Elenco, registros: dict[str, str], palavra: str) -> None:
    found = {item["recurso"] for item in busca(elenco.carla.crm, palavra)["resultados"]}
    assert not found & {"clientes", "oportunidades", "tarefas"}


def test_a_write_can_be_tried_through_the_gateway(elenco: Elenco, palavra: str, eventually: Callable[..., Any]) -> None:
    answer = elenco.ana.crm.post("/gateway/clientes?simular=true", {"nome": f"Ensaio {palavra}"})
    assert (answer.status_code, answer.headers["Simulado"]) == (201, "true")
    assert elenco.ana.crm.get(f"/gateway/clientes/{answer.json()['id']}").status_code == 404
    assert busca(elenco.ana.crm, f"Ensaio {palavra}")["resultados"] == []
