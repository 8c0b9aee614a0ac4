"""Who is who in a channel: one record per external id, with or without a phone."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_it_works(api, nova_identidade, ana, published):
    body = api().post("/comunicacao/identidades", nova_identidade).json()
    assert (body["id_externo"], body["telefone"], body["responsavel_id"]) == ("551187654321", "+5511987654321", str(ana.id))
    evento = published("comunicacao.identidade.criada.v1")[0]
    assert evento.pessoais["telefone"] == "+5511987654321"
    assert "551187654321" not in str(evento.dados)


def test_a_phone_is_not_needed(api, canal):
    body = {"canal_id": canal["id"], "tipo": "bsuid", "id_externo": "BR.1502576394655843", "username": "joaozinho"}
    assert api().post("/comunicacao/identidades", body).json()["telefone"] == ""


def test_the_same_external_id_is_one_identity_per_channel_and_kind(api, nova_identidade, identidade):
    problem = assert_problem(api().post("/comunicacao/identidades", nova_identidade), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("duplicado", identidade["id"])
    outro = api().post("/comunicacao/canais", {"tipo": "whatsapp", "nome": "Suporte"}).json()
    for campos in ({"canal_id": outro["id"]}, {"tipo": "outro"}):
        assert api().post("/comunicacao/identidades", {**nova_identidade, **campos}).status_code == 201


def test_a_deleted_one_frees_its_place_until_it_would_come_back(api, nova_identidade, identidade):
    api().delete(f"/comunicacao/identidades/{identidade['id']}")
    segunda = api().post("/comunicacao/identidades", nova_identidade).json()
    problem = assert_problem(api().post(f"/comunicacao/identidades/{identidade['id']}/restaurar"), 409)
    assert problem["registro_id"] == segunda["id"]


@pytest.mark.parametrize(
    ("campos", "codigo"),
    [
        ({"tipo": "email", "id_externo": "sem arroba"}, "email_invalido"),
        ({"tipo": "telefone", "id_externo": "32519999"}, "telefone_sem_ddd"),
        ({"telefone": "1"}, "telefone_invalido"),
        ({"canal_id": "018f0000-0000-7000-8000-0000000000ff"}, "inexistente"),
        ({"id_externo": ""}, "em_branco"),
    ],
)
def test_it_refuses(api, nova_identidade, campos, codigo):
    problem = assert_problem(api().post("/comunicacao/identidades", {**nova_identidade, **campos}), 400)
    assert codigo in {problem["codigo"], *(erro["codigo"] for erro in problem["erros"])}


def test_the_channel_of_an_identity_is_for_good(api, identidade):
    outro = api().post("/comunicacao/canais", {"tipo": "whatsapp", "nome": "Suporte"}).json()
    problem = assert_problem(api().patch(f"/comunicacao/identidades/{identidade['id']}", {"canal_id": outro["id"]}), 422)
    assert problem["codigo"] == "canal_definitivo"


@pytest.mark.parametrize("telefone", ["11 98765-4321", "1187654321", "+55 11 8765-4321"])
def test_found_by_phone_in_any_spelling(api, identidade, telefone):
    assert [row["id"] for row in api().get("/comunicacao/identidades", {"telefone": telefone}).json()["resultados"]] == [identidade["id"]]


def test_addresses_are_masked_for_those_without_the_right_to_personal_data(api, identidade):
    [row] = api("comunicacao:ler").get("/comunicacao/identidades").json()["resultados"]
    assert "8765432" not in row["id_externo"] + row["telefone"]


def test_only_those_that_the_role_shows(api, identidade, carla):
    client = api(como=carla, vis="equipe")
    assert client.get("/comunicacao/identidades").json()["resultados"] == []
    assert_problem(client.get(f"/comunicacao/identidades/{identidade['id']}"), 404)
