"""Channels: who may change them, and what they may not hold."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
CANAL = {"tipo": "email", "nome": "Suporte", "configuracao": {"assinatura": "Equipe de suporte"}}


def test_it_works(api, published):
    response = api().post("/comunicacao/canais", CANAL)
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/comunicacao/canais/{body['id']}"
    assert (body["ativo"], body["configuracao"]) == (True, CANAL["configuracao"])
    assert [evento.tipo for evento in published()] == ["comunicacao.canal.criado.v1"]


def test_only_administrators_change_them(api, canal):
    agent = api("comunicacao:ler", "comunicacao:criar", "comunicacao:editar", "comunicacao:excluir")
    url = f"/comunicacao/canais/{canal['id']}"
    assert agent.get(url).status_code == 200
    for response in (agent.post("/comunicacao/canais", CANAL), agent.patch(url, {"nome": "x"}), agent.delete(url)):
        assert_problem(response, 403)


@pytest.mark.parametrize(
    "configuracao",
    [{"token_de_acesso": "x"}, {"senha": "x"}, {"A": "x"}, {"a.b": "x"}, {"$where": "x"}, {"": "x"}, {"lista": []}, {"x": "y" * 501}, []],
)
def test_credentials_and_odd_names_are_refused(api, configuracao):
    assert_problem(api().post("/comunicacao/canais", {**CANAL, "configuracao": configuracao}), 400)


def test_a_channel_with_open_conversations_stays(api, canal, conversa):
    url = f"/comunicacao/canais/{canal['id']}"
    assert assert_problem(api().delete(url), 409)["codigo"] == "canal_em_uso"
    api().post(f"/comunicacao/{conversa['id']}/resolver")
    assert api().delete(url).status_code == 204


def test_its_changes_are_told_one_by_one(api, canal, published):
    url = f"/comunicacao/canais/{canal['id']}"
    api().patch(url, {"ativo": False})
    api().delete(url)
    assert api().post(f"{url}/restaurar").json()["ativo"] is False
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criado", "atualizado", "excluido", "restaurado"]


def test_filters(api, canal):
    api().post("/comunicacao/canais", CANAL)
    assert [row["tipo"] for row in api().get("/comunicacao/canais", {"tipo": "email"}).json()["resultados"]] == ["email"]
