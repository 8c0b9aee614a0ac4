"""The addresses of a company, each at its own URL."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(padaria):
    return f"/empresas/{padaria['id']}/enderecos"


@pytest.fixture
def sede(api, url):
    body = {"cep": "01310-100", "logradouro": "Avenida Paulista", "numero": "1000B", "municipio": "São Paulo", "uf": "SP"}
    return api().post(url, body).json()


def test_one_is_added_and_the_company_tells_it(api, url, sede, padaria, published):
    assert (sede["tipo"], sede["cep"], sede["numero"], sede["pais"]) == ("sede", "01310100", "1000B", "Brasil")
    empresa = api().get(f"/empresas/{padaria['id']}").json()
    assert (empresa["versao"], empresa["uf"], empresa["municipio"], empresa["enderecos"]) == (2, "SP", "São Paulo", [sede])
    assert published()[-1].tipo == "empresas.empresa.atualizada.v1"
    assert published()[-1].mudancas[0]["campo"] == "enderecos"


def test_one_is_changed_deleted_and_restored(api, url, sede, padaria, published):
    address = f"{url}/{sede['id']}"
    assert api().patch(address, {"uf": "RJ"}).json()["uf"] == "RJ"
    assert api().delete(address).status_code == 204
    assert api().get(f"/empresas/{padaria['id']}").json()["enderecos"] == []
    assert api().post(f"{address}/restaurar").json()["uf"] == "RJ"
    assert len(published("empresas.empresa.atualizada.v1")) == 4


def test_there_is_one_seat(api, url, sede):
    problem = assert_problem(api().post(url, {"tipo": "sede"}), 409)
    assert problem["registro_id"] == sede["id"]
    entrega = api().post(url, {"tipo": "entrega"}).json()
    assert_problem(api().patch(f"{url}/{entrega['id']}", {"tipo": "sede"}), 409)
    api().delete(f"{url}/{sede['id']}")
    assert api().patch(f"{url}/{entrega['id']}", {"tipo": "sede"}).status_code == 200
    assert_problem(api().post(f"{url}/{sede['id']}/restaurar"), 409)


def test_an_address_is_reached_only_under_its_own_company(api, sede):
    outra = api().post("/empresas", {"nome_fantasia": "Outra"}).json()
    assert_problem(api().get(f"/empresas/{outra['id']}/enderecos/{sede['id']}"), 404)


def test_a_company_out_of_sight_hides_its_addresses(api, url, sede, carla):
    client = api(como=carla, vis="proprio")
    for response in (client.get(url), client.post(url, {}), client.delete(f"{url}/{sede['id']}")):
        assert_problem(response, 404)


def test_they_are_changed_with_the_right_to_change_the_company(api, url):
    assert_problem(api("empresas:ler").post(url, {}), 403)
    assert api("empresas:editar").post(url, {}).status_code == 201


def test_the_same_again_changes_nothing(api, url, sede, published):
    before = len(published())
    assert api().patch(f"{url}/{sede['id']}", {"uf": "SP"})["ETag"] == '"v1"'
    assert len(published()) == before
