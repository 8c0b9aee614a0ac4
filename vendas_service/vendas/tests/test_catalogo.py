"""Products and reasons of loss."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_a_product_s_life(api, produto, published):
    url = f"/vendas/produtos/{produto['id']}"
    assert (produto["preco"], produto["moeda"], produto["unidade"], produto["ativo"]) == ("150.00", "BRL", "un", True)
    assert api().patch(url, {"preco": "160.00"}).json()["versao"] == 2
    assert api().put(url, {"nome": "Consultoria sênior"}).json()["preco"] == "0.00"
    assert api().delete(url).status_code == 204
    assert api().post(f"{url}/restaurar").json()["nome"] == "Consultoria sênior"
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criado", "atualizado", "atualizado", "excluido", "restaurado"]


def test_codes_are_unique_when_given(api, produto):
    problem = assert_problem(api().post("/vendas/produtos", {"nome": "x", "codigo": "C-1"}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("duplicado", produto["id"])
    assert [api().post("/vendas/produtos", {"nome": "x"}).status_code for _ in range(2)] == [201, 201]


def test_products_are_found_by_name_and_code(api, produto):
    api().post("/vendas/produtos", {"nome": "Treinamento", "ativo": False})
    for filtro in ({"busca": "consult"}, {"busca": "c-1"}, {"codigo": "C-1"}, {"ativo": "true"}):
        assert [linha["id"] for linha in api().get("/vendas/produtos", filtro).json()["resultados"]] == [produto["id"]], filtro


@pytest.mark.parametrize("preco", ["-1", "1e400", "0.001", "NaN", "1,50", None])
def test_bad_prices_are_refused(api, preco):
    assert_problem(api().post("/vendas/produtos", {"nome": "x", "preco": preco}), 400)


def test_products_have_scopes_of_their_own(api):
    assert_problem(api("vendas:criar", "vendas:administrar").post("/vendas/produtos", {"nome": "x"}), 403)
    assert api("produtos:criar").post("/vendas/produtos", {"nome": "x"}).status_code == 201


def test_a_reason_s_life(api, motivo, published):
    url = f"/vendas/motivos-perda/{motivo['id']}"
    assert api().patch(url, {"exige_nota": True}).json()["exige_nota"] is True
    assert api().delete(url).status_code == 204
    novo = api().post("/vendas/motivos-perda", {"nome": "Preço"})
    assert novo.status_code == 201
    assert assert_problem(api().post(f"{url}/restaurar"), 409)["registro_id"] == novo.json()["id"]
    assert_problem(api().post("/vendas/motivos-perda", {"nome": "Preço"}), 409)
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criado", "atualizado", "excluido", "criado"]


def test_a_reason_in_use_may_be_retired(api, oportunidade, motivo, passar):
    passar(oportunidade, "perder", motivo_perda_id=motivo["id"])
    assert api().delete(f"/vendas/motivos-perda/{motivo['id']}").status_code == 204
    assert api().get(f"/vendas/{oportunidade['id']}").json()["motivo_perda_nome"] == "Preço"
