"""Funnels and their stages."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from crm_shared.testing.contract import assert_problem
from vendas.models import Etapa

pytestmark = pytest.mark.django_db


def nomes(funil):
    return [(etapa["nome"], etapa["tipo"], etapa["probabilidade"]) for etapa in funil["etapas"]]


def test_a_funnel_comes_with_the_usual_stages(api, published):
    funil = api().post("/vendas/funis", {"nome": "Vendas"}).json()
    assert nomes(funil) == [
        ("Contato feito", "aberta", 10),
        ("Interesse identificado", "aberta", 25),
        ("Apresentação", "aberta", 50),
        ("Proposta enviada", "aberta", 75),
        ("Ganha", "ganha", 100),
        ("Perdida", "perdida", 0),
    ]
    assert (funil["padrao"], funil["moeda"], funil["ativo"]) == (True, "BRL", True)
    assert len(published("vendas.funil.criado.v1")) == 1
    assert len(published("vendas.etapa.criada.v1")) == 6


def test_or_with_its_own(api):
    etapas = [{"nome": "Única", "probabilidade": 30}, {"nome": "Fechado", "tipo": "ganha", "probabilidade": 70}]
    assert nomes(api().post("/vendas/funis", {"nome": "Curto", "etapas": etapas}).json()) == [
        ("Única", "aberta", 30),
        ("Fechado", "ganha", 100),
        ("Perdida", "perdida", 0),
    ]


@pytest.mark.parametrize(
    ("etapas", "status"),
    [
        ([{"nome": "Fechado", "tipo": "ganha"}], 422),
        ([{"nome": "a"}, {"nome": "b", "tipo": "ganha"}, {"nome": "c", "tipo": "ganha"}], 422),
        ([{"nome": "a"}, {"nome": "a"}], 400),
        ([{"nome": "a", "probabilidade": 101}], 400),
        ([{"nome": "a", "cor": "azul"}], 400),
        ([{}], 400),
        (["a"], 400),
        ("a", 400),
        ([{"nome": str(numero)} for numero in range(51)], 400),
    ],
)
def test_stages_that_make_no_funnel_are_refused(api, etapas, status):
    assert_problem(api().post("/vendas/funis", {"nome": "Torto", "etapas": etapas}), status)
    assert api().get("/vendas/funis").json()["resultados"] == []


def test_one_default_at_a_time(api, funil, published):
    outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    assert (funil["padrao"], outro["padrao"]) == (True, False)
    assert api().patch(f"/vendas/funis/{outro['id']}", {"padrao": True}).json()["padrao"] is True
    assert api().get(f"/vendas/funis/{funil['id']}").json()["padrao"] is False
    terceiro = api().post("/vendas/funis", {"nome": "Parcerias", "padrao": True}).json()
    padroes = [linha["id"] for linha in api().get("/vendas/funis").json()["resultados"] if linha["padrao"]]
    assert padroes == [terceiro["id"]]
    assert len(published("vendas.funil.atualizado.v1")) == 3


def test_the_default_stays_default_active_and_there(api, funil):
    url = f"/vendas/funis/{funil['id']}"
    for resposta in (
        api().patch(url, {"padrao": False}),
        api().patch(url, {"ativo": False}),
        api().delete(url),
        api().post("/vendas/funis", {"nome": "x", "padrao": True, "ativo": False}),
    ):
        assert assert_problem(resposta, 422)["codigo"] == "funil_padrao"
    assert api().put(url, {"nome": "Outro nome"}).json()["padrao"] is True


def test_names_are_unique_among_the_living(api, funil):
    problem = assert_problem(api().post("/vendas/funis", {"nome": funil["nome"]}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("duplicado", funil["id"])
    outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    api().delete(f"/vendas/funis/{outro['id']}")
    api().post("/vendas/funis", {"nome": "Renovações"})
    assert_problem(api().post(f"/vendas/funis/{outro['id']}/restaurar"), 409)


def test_one_with_deals_stays_and_keeps_its_currency(api, funil, oportunidade):
    api().post("/vendas/funis", {"nome": "Renovações", "padrao": True})
    url = f"/vendas/funis/{funil['id']}"
    assert assert_problem(api().delete(url), 409)["codigo"] == "em_uso"
    assert assert_problem(api().patch(url, {"moeda": "USD"}), 409)["codigo"] == "em_uso"
    assert api().patch(url, {"ativo": False}).json()["ativo"] is False


@pytest.mark.parametrize("moeda", ["real", "R$", "brl", "", "BR1"])
def test_currencies_are_iso_codes(api, moeda):
    assert_problem(api().post("/vendas/funis", {"nome": "x", "moeda": moeda}), 400)


def test_deleted_and_restored(api, funil):
    outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    api().delete(f"/vendas/funis/{outro['id']}")
    assert {linha["funil_id"] for linha in api().get("/vendas/etapas").json()["resultados"]} == {funil["id"]}
    assert_problem(api().get(f"/vendas/funis/{outro['id']}/etapas"), 404)
    assert api().post(f"/vendas/funis/{outro['id']}/restaurar").json()["etapas"] == outro["etapas"]


def test_configuring_is_for_administrators_of_sales(api, funil, etapas):
    vendedor = api("vendas:ler", "vendas:criar", "vendas:editar", "vendas:excluir", vis="proprio")
    etapa = {"nome": "x", "funil_id": funil["id"]}
    for resposta in (
        vendedor.post("/vendas/funis", {"nome": "x"}),
        vendedor.patch(f"/vendas/funis/{funil['id']}", {"nome": "x"}),
        vendedor.post("/vendas/etapas", etapa),
        vendedor.delete(f"/vendas/etapas/{etapas['Proposta']}"),
        vendedor.post("/vendas/motivos-perda", {"nome": "x"}),
    ):
        assert assert_problem(resposta, 403)["codigo"] == "escopo_ausente"
    assert len(vendedor.get(f"/vendas/funis/{funil['id']}/etapas").json()["resultados"]) == 4


class TestEtapas:
    def test_a_new_one_comes_after_the_open_ones(self, api, funil, published):
        body = api().post(f"/vendas/funis/{funil['id']}/etapas", {"nome": "Negociação", "probabilidade": 80}).json()
        assert (body["ordem"], body["tipo"], body["funil_id"]) == (3, "aberta", funil["id"])
        lista = api().get(f"/vendas/funis/{funil['id']}/etapas").json()["resultados"]
        assert [etapa["nome"] for etapa in lista] == ["Prospecção", "Proposta", "Negociação", "Ganha", "Perdida"]
        assert published("vendas.etapa.criada.v1")[-1].dados["nome"] == "Negociação"

    def test_by_the_general_address_too(self, api, funil):
        assert api().post("/vendas/etapas", {"nome": "Negociação", "funil_id": funil["id"]}).status_code == 201
        filtro = {"funil_id": funil["id"], "tipo": "aberta"}
        assert len(api().get("/vendas/etapas", filtro).json()["resultados"]) == 3
        assert_problem(api().post("/vendas/etapas", {"nome": "x", "funil_id": str(uuid4())}), 400)

    def test_reordered_and_renamed(self, api, etapas, funil):
        url = f"/vendas/etapas/{etapas['Proposta']}"
        api().patch(url, {"ordem": 0})
        assert api().put(url, {"nome": "Orçamento", "funil_id": funil["id"]}).json()["probabilidade"] == 60
        assert [etapa["nome"] for etapa in api().get(f"/vendas/funis/{funil['id']}").json()["etapas"]][:2] == ["Orçamento", "Prospecção"]

    def test_a_funnel_has_one_won_and_one_lost_stage(self, api, funil, etapas):
        url = f"/vendas/funis/{funil['id']}/etapas"
        assert assert_problem(api().post(url, {"nome": "x", "tipo": "ganha"}), 409)["codigo"] == "etapa_final_unica"
        assert assert_problem(api().delete(f"{url}/{etapas['Ganha']}"), 422)["codigo"] == "funil_incompleto"
        assert assert_problem(api().patch(f"{url}/{etapas['Perdida']}", {"tipo": "aberta"}), 422)["codigo"] == "etapa_fixa"
        assert assert_problem(api().patch(f"{url}/{etapas['Ganha']}", {"probabilidade": 90}), 422)["codigo"] == "probabilidade_final"
        with pytest.raises(IntegrityError), transaction.atomic():
            Etapa.objects.create(funil_id=funil["id"], nome="x", tipo="ganha", probabilidade=100)

    def test_one_in_use_or_the_last_stays(self, api, etapas, oportunidade):
        assert assert_problem(api().delete(f"/vendas/etapas/{etapas['Prospecção']}"), 409)["codigo"] == "em_uso"
        assert api().delete(f"/vendas/etapas/{etapas['Proposta']}").status_code == 204
        assert assert_problem(api().delete(f"/vendas/etapas/{etapas['Prospecção']}"), 422)["codigo"] == "funil_incompleto"
        assert api().post(f"/vendas/etapas/{etapas['Proposta']}/restaurar").status_code == 200

    def test_names_are_unique_in_their_funnel(self, api, funil, etapas):
        url = f"/vendas/funis/{funil['id']}/etapas"
        assert assert_problem(api().post(url, {"nome": "Proposta"}), 409)["registro_id"] == etapas["Proposta"]
        assert_problem(api().patch(f"{url}/{etapas['Prospecção']}", {"nome": "Proposta"}), 409)

    def test_it_stays_in_its_funnel(self, api, etapas):
        outro = api().post("/vendas/funis", {"nome": "Renovações"}).json()
        resposta = api().patch(f"/vendas/etapas/{etapas['Proposta']}", {"funil_id": outro["id"]})
        assert assert_problem(resposta, 422)["codigo"] == "etapa_fixa"
