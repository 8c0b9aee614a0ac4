"""Further ways to reach a person, and the companies he or she works for."""

from uuid import uuid4

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_a_second_phone_is_added_and_the_person_tells_it(api, joao, published):
    response = api().post(f"/clientes/{joao['id']}/meios", {"tipo": "telefone", "valor": "(21) 2345-6789 ramal 12", "rotulo": "escritório"})
    assert (response.status_code, response.json()["valor"], response.json()["ramal"]) == (201, "+552123456789", "12")
    assert published()[-1].tipo == "clientes.cliente.atualizado.v1"
    assert api().get(f"/clientes/{joao['id']}").json()["versao"] == 2


def test_the_same_mobile_without_the_ninth_digit_is_a_duplicate(api, joao):
    assert_problem(api().post(f"/clientes/{joao['id']}/meios", {"tipo": "telefone", "valor": "11 8765-4321"}), 409)


def test_making_another_principal_changes_the_person(api, joao):
    meio = api().post(f"/clientes/{joao['id']}/meios", {"tipo": "email", "valor": "novo@exemplo.com.br"}).json()
    api().patch(f"/clientes/{joao['id']}/meios/{meio['id']}", {"principal": True})
    cliente = api().get(f"/clientes/{joao['id']}").json()
    assert cliente["email"] == "novo@exemplo.com.br"
    assert sum(item["principal"] for item in cliente["meios"] if item["tipo"] == "email") == 1


def test_the_principal_one_cannot_go_while_another_could_take_its_place(api, joao):
    api().post(f"/clientes/{joao['id']}/meios", {"tipo": "email", "valor": "novo@exemplo.com.br"})
    principal = next(meio for meio in joao["meios"] if meio["tipo"] == "email")
    assert_problem(api().delete(f"/clientes/{joao['id']}/meios/{principal['id']}"), 422)


def test_a_meio_is_reached_only_under_its_own_person(api, joao):
    outra = api().post("/clientes", {"nome": "Outra"}).json()
    assert_problem(api().get(f"/clientes/{outra['id']}/meios/{joao['meios'][0]['id']}"), 404)


def test_a_person_may_work_for_several_companies(api, joao):
    empresas = [str(uuid4()), str(uuid4())]
    for empresa in empresas:
        response = api().post(f"/clientes/{joao['id']}/empresas", {"empresa_id": empresa, "papel": "decisor", "cargo": "Diretora"})
        assert (response.status_code, response.json()["empresa_estado"]) == (201, "pendente")
    assert len(api().get(f"/clientes/{joao['id']}").json()["empresas"]) == 2
    assert [row["id"] for row in api().get("/clientes", {"empresa_id": empresas[0]}).json()["resultados"]] == [joao["id"]]
    assert_problem(api().post(f"/clientes/{joao['id']}/empresas", {"empresa_id": empresas[0]}), 409)


def test_a_place_left_before_it_began_is_refused(api, joao):
    body = {"empresa_id": str(uuid4()), "inicio": "2026-02-01", "fim": "2026-01-01"}
    problem = assert_problem(api().post(f"/clientes/{joao['id']}/empresas", body), 400)
    assert problem["erros"][0]["codigo"] == "periodo_invalido"
