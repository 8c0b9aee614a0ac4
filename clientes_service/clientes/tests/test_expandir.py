"""Related records inside a lead: the person, where the caller may see that person."""

from typing import Any

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(api: Any, joao: dict[str, Any]) -> list[dict[str, Any]]:
    maria = api().post("/clientes", {"nome": "Maria", "telefone": "11 98765-0000"}).json()
    return [api().post("/clientes/leads", {"cliente_id": pessoa["id"], "fonte": "site"}).json() for pessoa in (joao, joao, maria)]


def test_people_come_by_one_query_for_the_page(api: Any, leads: Any, joao: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # leads, people, owners
        rows = api().get("/clientes/leads", {"expandir": "cliente,responsavel", "ordenar": "criado_em"}).json()["resultados"]
    assert [row["cliente"]["nome"] for row in rows] == [joao["nome"], joao["nome"], "Maria"]
    assert rows[0]["cliente"]["cpf"] == joao["cpf"]
    assert "meios" not in rows[0]["cliente"]  # as in a list
    one = api().get(f"/clientes/leads/{leads[0]['id']}", {"campos": "status", "expandir": "cliente"}).json()
    assert (one["status"], one["cliente"]["id"], len(one)) == ("novo", joao["id"], 2)


def test_personal_data_stay_masked(api: Any, leads: Any, joao: Any) -> None:
    row = api("leads:ler", "clientes:ler").get("/clientes/leads", {"expandir": "cliente", "ordenar": "criado_em"}).json()["resultados"][0]
    assert row["cliente"]["cpf"] not in ("", joao["cpf"])
    assert "*" in row["cliente"]["cpf"]


def test_a_person_out_of_sight_is_null(api: Any, leads: Any, bruno: Any) -> None:
    rows = api(como=bruno, vis={"*": "proprio", "leads": "todos"}).get("/clientes/leads", {"expandir": "cliente"}).json()["resultados"]
    assert [row["cliente"] for row in rows] == [None, None, None]
    assert all(row["cliente_id"] for row in rows)


def test_without_the_persons_scope_it_is_refused(api: Any, leads: Any) -> None:
    document = assert_problem(api("leads:ler").get("/clientes/leads", {"expandir": "cliente"}), 403)
    assert document["codigo"] == "escopo_ausente"
