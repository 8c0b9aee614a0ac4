"""A deal's way: moved, won, lost, reopened."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from crm_shared.testing.contract import assert_problem
from vendas.models import Oportunidade

pytestmark = pytest.mark.django_db


def test_moved(oportunidade, etapas, passar, passos, published):
    body = passar(oportunidade, "mover", etapa_id=etapas["Proposta"]).json()
    assert (body["etapa_nome"], body["probabilidade"], body["status"]) == ("Proposta", 60, "aberta")
    _, passo = passos(oportunidade, inteiros=True)
    assert (passo["de_nome"], passo["para_nome"], passo["valor"], passo["probabilidade"]) == ("Prospecção", "Proposta", "1000.00", 60)
    assert passo["duracao_s"] >= 0
    (evento,) = published("vendas.oportunidade.movida.v1")
    assert {"campo": "etapa_id", "de": etapas["Prospecção"], "para": etapas["Proposta"]} in evento.mudancas


def test_time_spent_is_kept(oportunidade, etapas, passar, passos):
    Oportunidade.objects.update(etapa_desde=timezone.now() - timedelta(days=3))
    passar(oportunidade, "mover", etapa_id=etapas["Proposta"])
    assert passos(oportunidade, inteiros=True)[-1]["duracao_s"] == pytest.approx(3 * 86400, abs=5)


def test_to_where_it_stands_is_no_step(oportunidade, etapas, passar, passos, published):
    assert passar(oportunidade, "mover", etapa_id=etapas["Prospecção"]).json()["versao"] == 1
    assert len(passos(oportunidade)) == 1
    assert not published("vendas.oportunidade.movida.v1")


def test_a_stated_probability_survives_a_move_and_not_the_end(api, oportunidade, etapas, passar):
    api().patch(f"/vendas/{oportunidade['id']}", {"probabilidade": 35})
    assert passar(oportunidade, "mover", etapa_id=etapas["Proposta"]).json()["probabilidade"] == 35
    assert passar(oportunidade, "ganhar").json()["probabilidade"] == 100
    assert passar(oportunidade, "reabrir").json()["probabilidade"] == 60


def test_to_another_funnel_in_the_same_currency(api, oportunidade, passar):
    em_reais = api().post("/vendas/funis", {"nome": "Renovações"}).json()
    em_dolar = api().post("/vendas/funis", {"nome": "Exportação", "moeda": "USD"}).json()
    assert passar(oportunidade, "mover", etapa_id=em_reais["etapas"][0]["id"]).json()["funil_id"] == em_reais["id"]
    assert assert_problem(passar(oportunidade, "mover", etapa_id=em_dolar["etapas"][0]["id"]), 422)["codigo"] == "moeda_diferente"


def test_won(oportunidade, passar, passos, published):
    body = passar(oportunidade, "ganhar", valor="900.00").json()
    assert (body["status"], body["etapa_nome"], body["valor"], body["probabilidade"]) == ("ganha", "Ganha", "900.00", 100)
    assert body["fechada_em"]
    passo = passos(oportunidade, inteiros=True)[-1]
    assert (passo["para_nome"], passo["valor"]) == ("Ganha", "900.00")
    (evento,) = published("vendas.oportunidade.ganha.v1")
    assert (evento.dados["status"], evento.dados["valor"], evento.dados["fechada_em"]) == ("ganha", "900.00", body["fechada_em"])


def test_won_on_an_earlier_day(api, funil, passar):
    aberta = api().post("/vendas", {"titulo": "x", "aberta_em": "2026-01-05"}).json()
    assert passar(aberta, "ganhar", fechada_em="2026-01-20").json()["fechada_em"] == "2026-01-20T15:00:00Z"


def test_not_in_the_future_nor_before_it_began(oportunidade, passar):
    for quando, codigo in (("2100-01-01", "data_futura"), ("2001-01-01T10:00:00Z", "periodo_invalido")):
        assert assert_problem(passar(oportunidade, "ganhar", fechada_em=quando), 400)["codigo"] == codigo
    for torto in ("ontem", "2026-02-30", "0001-01-01T00:00:00+14:00", 7):
        assert_problem(passar(oportunidade, "ganhar", fechada_em=torto), 400)


def test_lost_with_a_reason(oportunidade, motivo, passar, passos, published):
    body = passar(oportunidade, "perder", motivo_perda_id=motivo["id"], nota="Ficou caro").json()
    assert (body["status"], body["etapa_nome"], body["motivo_perda_nome"], body["nota_perda"]) == (
        "perdida",
        "Perdida",
        "Preço",
        "Ficou caro",
    )
    assert body["probabilidade"] == 0
    assert passos(oportunidade, inteiros=True)[-1]["nota"] == "Ficou caro"
    assert published("vendas.oportunidade.perdida.v1")[0].dados["motivo_perda_id"] == motivo["id"]


def test_no_loss_without_a_reason(api, oportunidade, passar):
    assert_problem(passar(oportunidade, "perder"), 400)
    assert_problem(passar(oportunidade, "perder", motivo_perda_id=str(uuid4())), 400)
    velho = api().post("/vendas/motivos-perda", {"nome": "Antigo", "ativo": False}).json()
    assert_problem(passar(oportunidade, "perder", motivo_perda_id=velho["id"]), 400)
    outro = api().post("/vendas/motivos-perda", {"nome": "Outro", "exige_nota": True}).json()
    assert assert_problem(passar(oportunidade, "perder", motivo_perda_id=outro["id"]), 422)["codigo"] == "nota_obrigatoria"
    assert passar(oportunidade, "perder", motivo_perda_id=outro["id"], nota="Fechou a empresa").status_code == 200


def test_a_closed_deal_is_closed(api, oportunidade, etapas, motivo, passar, published):
    passar(oportunidade, "ganhar")
    for verbo, corpo in (("ganhar", {}), ("perder", {"motivo_perda_id": motivo["id"]})):
        problem = assert_problem(passar(oportunidade, verbo, **corpo), 409)
        assert (problem["codigo"], problem["atual"]) == ("transicao_nao_permitida", "ganha")
    url = f"/vendas/{oportunidade['id']}"
    for resposta in (
        passar(oportunidade, "mover", etapa_id=etapas["Proposta"]),
        api().patch(url, {"etapa_id": etapas["Proposta"]}),
        api().patch(url, {"valor": "1.00"}),
        api().patch(url, {"probabilidade": 10}),
    ):
        assert assert_problem(resposta, 409)["codigo"] == "oportunidade_fechada"
    assert api().patch(url, {"titulo": "Reforma da loja, 2ª fase"}).status_code == 200
    assert len(published("vendas.oportunidade.ganha.v1")) == 1


def test_reopened_where_it_was(oportunidade, etapas, motivo, passar, passos, published):
    passar(oportunidade, "mover", etapa_id=etapas["Proposta"])
    passar(oportunidade, "perder", motivo_perda_id=motivo["id"], nota="Sumiu")
    body = passar(oportunidade, "reabrir", motivo="Voltou").json()
    assert (body["status"], body["etapa_nome"], body["probabilidade"]) == ("aberta", "Proposta", 60)
    assert (body["fechada_em"], body["motivo_perda_id"], body["nota_perda"]) == (None, None, "")
    assert passos(oportunidade) == [(None, "Prospecção"), ("Prospecção", "Proposta"), ("Proposta", "Perdida"), ("Perdida", "Proposta")]
    assert passos(oportunidade, inteiros=True)[-1]["nota"] == "Voltou"
    assert len(published("vendas.oportunidade.reaberta.v1")) == 1
    assert_problem(passar(oportunidade, "reabrir"), 409)


def test_work_begins_with_the_first_step(api, funil, etapas, passar):
    parada = api().post("/vendas", {"titulo": "x", "aberta_em": None}).json()
    assert parada["aberta_em"] is None
    movida = passar(parada, "mover", etapa_id=etapas["Proposta"]).json()
    assert abs(date.fromisoformat(movida["aberta_em"]) - timezone.localdate()) <= timedelta(days=1)


def test_a_stale_version_is_not_won(api, oportunidade):
    url = f"/vendas/{oportunidade['id']}"
    api().patch(url, {"valor": "1.00"})
    assert_problem(api().post(f"{url}/ganhar", {"valor": "2.00"}, headers={"If-Match": '"v1"'}), 412)


def test_transitions_are_edits(api, oportunidade):
    leitor = api("vendas:ler")
    for verbo in ("mover", "ganhar", "perder", "reabrir"):
        assert assert_problem(leitor.post(f"/vendas/{oportunidade['id']}/{verbo}", {}), 403)["codigo"] == "escopo_ausente"
