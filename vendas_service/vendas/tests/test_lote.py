"""Deals and products in bulk."""

import pytest

from vendas.models import Produto

pytestmark = pytest.mark.django_db


def test_deals(api, funil, etapas):
    client = api()
    itens = [{"titulo": f"Negócio {number}", "valor": "10.00"} for number in range(3)]
    results = client.post("/vendas/lote", {"operacao": "criar", "itens": [*itens, {"valor": "x"}]}).json()["resultados"]
    assert [item["status"] for item in results] == [201, 201, 201, 400]
    moved = {"operacao": "atualizar", "itens": [{"id": results[0]["id"], "etapa_id": etapas["Proposta"]}]}
    assert client.post("/vendas/lote", moved).json()["erros"] == 0
    assert client.get(f"/vendas/{results[0]['id']}").json()["etapa_id"] == etapas["Proposta"]


def test_a_closed_deal_keeps_its_value(api, oportunidade, passar):
    passar(oportunidade, "ganhar")
    [result] = (
        api().post("/vendas/lote", {"operacao": "atualizar", "itens": [{"id": oportunidade["id"], "valor": "1.00"}]}).json()["resultados"]
    )
    assert result["status"] in (409, 422)


def test_products_by_their_code(api, produto):
    corpo = {
        "operacao": "upsert",
        "chave": "codigo",
        "itens": [{"codigo": "C-1", "preco": "99.00"}, {"codigo": "C-2", "nome": "Curso", "preco": "5.00"}],
    }
    assert [item["status"] for item in api().post("/vendas/produtos/lote", corpo).json()["resultados"]] == [200, 201]
    assert {str(item.preco) for item in Produto.objects.all()} == {"99.00", "5.00"}
