"""Changing, deleting and restoring a company."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_patch_changes_only_what_it_names_and_what_follows_from_it(api, padaria, published):
    response = api().patch(f"/empresas/{padaria['id']}", {"nome_fantasia": "Pão Novo", "site": "https://paonovo.com.br/loja"})
    body = response.json()
    assert (response.status_code, response["ETag"]) == (200, '"v2"')
    assert (body["nome"], body["dominio"], body["razao_social"]) == ("Pão Novo", "paonovo.com.br", padaria["razao_social"])
    mudancas = {item["campo"]: (item["de"], item["para"]) for item in published()[-1].mudancas}
    assert mudancas["nome"] == ("Pão Quente", "Pão Novo")


def test_without_its_trade_name_it_is_called_by_the_legal_one(api, padaria):
    assert api().patch(f"/empresas/{padaria['id']}", {"nome_fantasia": ""}).json()["nome"] == "Padaria São João Ltda"


def test_the_last_name_cannot_be_taken_away(api, padaria):
    assert_problem(api().patch(f"/empresas/{padaria['id']}", {"nome_fantasia": "", "razao_social": ""}), 400)


def test_put_resets_what_it_leaves_out_but_owner_and_addresses(api, padaria):
    api().post(f"/empresas/{padaria['id']}/enderecos", {"uf": "SP"})
    body = api().put(f"/empresas/{padaria['id']}", {"razao_social": "Padaria Ltda"}).json()
    assert (body["nome"], body["cnpj"], body["site"], body["dominio"], body["moeda"]) == ("Padaria Ltda", "", "", "", "BRL")
    assert body["responsavel_id"] == padaria["responsavel_id"]
    assert len(body["enderecos"]) == 1


def test_addresses_are_changed_at_their_own_url(api, padaria):
    problem = assert_problem(api().patch(f"/empresas/{padaria['id']}", {"enderecos": []}), 400)
    assert problem["erros"][0]["codigo"] == "somente_leitura"


def test_the_same_values_again_change_nothing(api, padaria, nova, published):
    assert api().patch(f"/empresas/{padaria['id']}", nova)["ETag"] == '"v1"'
    assert len(published()) == 1


def test_the_same_field_of_two_people_is_a_conflict(api, padaria):
    api().patch(f"/empresas/{padaria['id']}", {"segmento": "varejo"})
    assert_problem(api().patch(f"/empresas/{padaria['id']}", {"segmento": "atacado"}, headers={"If-Match": '"v1"'}), 412)
    assert api().patch(f"/empresas/{padaria['id']}", {"porte": "me"}, headers={"If-Match": '"v1"'}).status_code == 200


def test_a_deleted_company_is_gone_until_restored(api, padaria, published):
    assert api().delete(f"/empresas/{padaria['id']}").status_code == 204
    assert_problem(api().get(f"/empresas/{padaria['id']}"), 404)
    assert api().get("/empresas").json()["resultados"] == []
    assert api().post(f"/empresas/{padaria['id']}/restaurar").json()["versao"] == 3
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criada", "excluida", "restaurada"]


def test_personal_values_travel_apart(api, padaria, published):
    api().patch(f"/empresas/{padaria['id']}", {"telefone": "(21) 2345-6789"})
    evento = published()[-1]
    assert evento.mudancas == [{"campo": "telefone"}]
    assert evento.pessoais["mudancas"][0]["para"] == "+552123456789"


def test_a_repeated_key_replays_the_answer(api, nova):
    first, again = (api().post("/empresas", nova, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
