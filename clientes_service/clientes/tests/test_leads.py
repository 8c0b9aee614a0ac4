"""The life of a lead."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(api, joao):
    body = {"cliente_id": joao["id"], "fonte": "site", "interesse": "Plano anual", "valor_estimado": "1234.50"}
    return api().post("/clientes/leads", body).json()


def mudar(api, lead, verbo, **body):
    return api().post(f"/clientes/leads/{lead['id']}/{verbo}", body)


def test_it_is_opened_on_a_person(lead, joao):
    assert (lead["status"], lead["cliente_nome"], lead["valor_estimado"]) == ("novo", joao["nome"], "1234.50")


def test_from_new_to_qualified(api, lead, joao, published):
    assert mudar(api, lead, "contatar").json()["respondido_em"]
    assert mudar(api, lead, "qualificar").json()["status"] == "qualificado"
    assert api().get(f"/clientes/{joao['id']}").json()["ciclo_vida"] == "qualificado"
    tipos = [evento.tipo for evento in published()]
    assert tipos[-3:] == ["clientes.lead.contatado.v1", "clientes.lead.qualificado.v1", "clientes.cliente.atualizado.v1"]


def test_given_up_with_a_reason_and_taken_up_again(api, lead):
    assert_problem(mudar(api, lead, "desqualificar"), 400)
    assert mudar(api, lead, "desqualificar", motivo="Sem orçamento").json()["motivo_desqualificacao"] == "Sem orçamento"
    assert mudar(api, lead, "reciclar").json()["status"] == "novo"


@pytest.mark.parametrize("verbo", ["reciclar"])
def test_a_step_that_makes_no_sense_is_refused(api, lead, verbo):
    problem = assert_problem(mudar(api, lead, verbo), 409)
    assert (problem["codigo"], problem["atual"]) == ("transicao_nao_permitida", "novo")


def test_twice_the_same_step_is_refused_and_told_once(api, lead, published):
    mudar(api, lead, "qualificar")
    assert_problem(mudar(api, lead, "qualificar"), 409)
    assert len(published("clientes.lead.qualificado.v1")) == 1


def test_the_status_is_changed_only_by_its_steps(api, lead):
    assert_problem(api().patch(f"/clientes/leads/{lead['id']}", {"status": "convertido"}), 400)


@pytest.mark.parametrize("valor", ["-1", "1e400", "12345678901234567.00", "0.001", "NaN", "1,50", True])
def test_bad_amounts_are_refused(api, joao, valor):
    assert_problem(api().post("/clientes/leads", {"cliente_id": joao["id"], "valor_estimado": valor}), 400)


def test_a_lead_on_a_person_out_of_sight_is_refused(api, joao, carla):
    client = api(como=carla, vis="proprio")
    assert_problem(client.post("/clientes/leads", {"cliente_id": joao["id"]}), 400)


def test_statements(api, lead, queries):
    with queries(1):
        assert api().get("/clientes/leads", {"busca": "joao", "status": "novo"}).json()["resultados"][0]["id"] == lead["id"]


OPORTUNIDADE = "018f0000-0000-7000-8000-00000000000a"


def test_a_qualified_one_becomes_a_deal_once(api, lead, joao, published):
    assert_problem(mudar(api, lead, "converter", oportunidade_id=OPORTUNIDADE), 409)
    mudar(api, lead, "qualificar")
    convertido = mudar(api, lead, "converter", oportunidade_id=OPORTUNIDADE).json()
    assert (convertido["status"], convertido["oportunidade_id"]) == ("convertido", OPORTUNIDADE)
    assert convertido["convertido_em"]
    assert api().get(f"/clientes/{joao['id']}").json()["ciclo_vida"] == "oportunidade"
    [evento] = published("clientes.lead.convertido.v1")
    assert (evento.dados["oportunidade_id"], evento.dados["status"]) == (OPORTUNIDADE, "convertido")
    assert_problem(mudar(api, lead, "converter", oportunidade_id=OPORTUNIDADE), 409)
    assert_problem(mudar(api, lead, "desqualificar", motivo="Não quis"), 409)


def test_a_conversion_names_its_deal_and_needs_the_right_to_edit(api, lead):
    mudar(api, lead, "qualificar")
    assert_problem(mudar(api, lead, "converter"), 400)
    assert_problem(api("leads:ler").post(f"/clientes/leads/{lead['id']}/converter", {"oportunidade_id": OPORTUNIDADE}), 403)


def test_a_customer_stays_one(api, lead, joao):
    api().patch(f"/clientes/{joao['id']}", {"ciclo_vida": "cliente"})
    mudar(api, lead, "qualificar")
    mudar(api, lead, "converter", oportunidade_id=OPORTUNIDADE)
    assert api().get(f"/clientes/{joao['id']}").json()["ciclo_vida"] == "cliente"
