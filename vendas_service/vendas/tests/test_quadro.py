"""The board of a funnel."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def cheio(api, funil, etapas, bruno, carla):
    """Three deals of ana's and one each of bruno's and carla's, in two stages."""
    for valor in ("100.00", "200.00", "300.00"):
        api().post("/vendas", {"titulo": valor, "valor": valor})
    api(como=bruno).post("/vendas", {"titulo": "de bruno", "valor": "1000.00", "etapa_id": etapas["Proposta"]})
    api(como=carla).post("/vendas", {"titulo": "de carla", "valor": "5000.00", "etapa_id": etapas["Proposta"]})
    return f"/vendas/funis/{funil['id']}/quadro"


def colunas(resposta):
    return {coluna["nome"]: coluna for coluna in resposta.json()["colunas"]}


def test_columns_in_order_with_counts_and_sums(api, cheio):
    resposta = api().get(cheio)
    assert [coluna["nome"] for coluna in resposta.json()["colunas"]] == ["Prospecção", "Proposta", "Ganha", "Perdida"]
    quadro = colunas(resposta)
    assert (quadro["Prospecção"]["quantidade"], quadro["Prospecção"]["valor"]) == (3, "600.00")
    assert (quadro["Prospecção"]["valor_ponderado"], quadro["Proposta"]["valor_ponderado"]) == ("60.00", "3600.00")
    assert [cartao["titulo"] for cartao in quadro["Prospecção"]["cartoes"]] == ["300.00", "200.00", "100.00"]
    assert (quadro["Ganha"]["quantidade"], quadro["Ganha"]["valor"], quadro["Ganha"]["cartoes"]) == (0, "0.00", [])


def test_only_what_the_caller_may_see(api, cheio, bruno, carla):
    da_equipe = colunas(api(como=bruno, vis="equipe").get(cheio))
    assert (da_equipe["Prospecção"]["quantidade"], da_equipe["Proposta"]["quantidade"]) == (3, 1)
    dela = colunas(api(como=carla, vis="proprio").get(cheio))
    assert (dela["Prospecção"]["quantidade"], dela["Proposta"]["valor"]) == (0, "5000.00")
    assert [cartao["titulo"] for cartao in dela["Proposta"]["cartoes"]] == ["de carla"]


def test_the_list_goes_on_after_the_cards(api, cheio, etapas):
    coluna = colunas(api().get(cheio, {"cartoes": 2}))["Prospecção"]
    assert len(coluna["cartoes"]) == 2
    resto = api().get("/vendas", {"etapa_id": etapas["Prospecção"], "cursor": coluna["proximo"]}).json()
    assert [linha["titulo"] for linha in resto["resultados"]] == ["100.00"]
    assert colunas(api().get(cheio))["Prospecção"]["proximo"] is None


def test_narrowed_to_one_owner(api, cheio, bruno):
    assert colunas(api().get(cheio, {"responsavel_id": str(bruno.id)}))["Proposta"]["quantidade"] == 1


@pytest.mark.parametrize(
    "consulta", ["cartoes=51", "cartoes=-1", "cartoes=x", "foo=1", "responsavel_id=x", "cartoes=1&cartoes=2", "cartoes="]
)
def test_bad_parameters(api, cheio, consulta):
    assert_problem(api().get(f"{cheio}?{consulta}"), 400)


def test_statements_do_not_grow(api, cheio, queries):
    with queries(5):
        api().get(cheio)
    with queries(4):
        assert colunas(api().get(cheio, {"cartoes": 0}))["Prospecção"]["cartoes"] == []
