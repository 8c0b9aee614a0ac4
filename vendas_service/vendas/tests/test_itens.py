"""What a deal is made of, and when that makes its value."""

from uuid import uuid4

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def por_itens(api, funil, produto):
    """A deal worth the sum of its one item: 2 x 150.00."""
    corpo = {"titulo": "x", "origem_valor": "itens", "itens": [{"produto_id": produto["id"], "quantidade": "2"}]}
    return api().post("/vendas", corpo).json()


def itens(oportunidade, item=None):
    return f"/vendas/{oportunidade['id']}/itens" + (f"/{item['id']}" if item else "")


def valor(api, oportunidade):
    return api().get(f"/vendas/{oportunidade['id']}").json()["valor"]


def test_they_come_with_the_deal_at_today_s_price(por_itens):
    (item,) = por_itens["itens"]
    assert (por_itens["valor"], por_itens["total_itens"]) == ("300.00", "300.00")
    assert (item["produto_nome"], item["preco"], item["total"]) == ("Consultoria", "150.00", "300.00")


def test_a_stated_value_stands_beside_them(api, funil, produto):
    body = api().post("/vendas", {"titulo": "x", "valor": "100.00", "itens": [{"produto_id": produto["id"]}]}).json()
    assert (body["valor"], body["total_itens"], body["origem_valor"]) == ("100.00", "150.00", "manual")


def test_each_change_is_a_change_of_the_deal(api, por_itens, produto, published):
    item = api().post(itens(por_itens), {"produto_id": produto["id"], "preco": "10.00"}).json()
    assert valor(api, por_itens) == "310.00"
    api().patch(itens(por_itens, item), {"quantidade": "3"})
    assert valor(api, por_itens) == "330.00"
    api().delete(itens(por_itens, item))
    assert valor(api, por_itens) == "300.00"
    api().post(f"{itens(por_itens, item)}/restaurar")
    assert valor(api, por_itens) == "330.00"
    eventos = published("vendas.oportunidade.atualizada.v1")
    assert [evento.dados["valor"] for evento in eventos] == ["310.00", "330.00", "300.00", "330.00"]
    assert [evento.versao for evento in eventos] == [2, 3, 4, 5]


def test_a_new_price_of_the_product_changes_no_deal(api, por_itens, produto):
    api().patch(f"/vendas/produtos/{produto['id']}", {"preco": "999.00"})
    api().patch(itens(por_itens, por_itens["itens"][0]), {"quantidade": "4"})
    assert valor(api, por_itens) == "600.00"


@pytest.mark.parametrize(
    ("corpo", "total"),
    [
        ({"desconto": "10"}, "135.00"),
        ({"desconto": "33.33"}, "100.01"),
        ({"desconto": "0.01", "desconto_tipo": "valor"}, "149.99"),
        ({"quantidade": "0.333", "preco": "0.05"}, "0.02"),
        ({"desconto": "100"}, "0.00"),
    ],
)
def test_discounts(api, oportunidade, produto, corpo, total):
    assert api().post(itens(oportunidade), {"produto_id": produto["id"], **corpo}).json()["total"] == total


@pytest.mark.parametrize(
    "corpo",
    [
        {"quantidade": "0"},
        {"quantidade": "-1"},
        {"preco": "-0.01"},
        {"desconto": "100.01"},
        {"desconto": "151", "desconto_tipo": "valor"},
        {"desconto": "-1"},
        {"quantidade": "999999999", "preco": "9999999999999999.99"},
        {"produto_id": str(uuid4())},
        {"total": "1.00"},
    ],
)
def test_impossible_items_are_refused(api, oportunidade, produto, corpo):
    assert_problem(api().post(itens(oportunidade), {"produto_id": produto["id"], **corpo}), 400)


def test_sums_beyond_what_money_holds_are_refused(api, funil, produto):
    grande = {"produto_id": produto["id"], "preco": "9999999999999999.99"}
    assert_problem(api().post("/vendas", {"titulo": "x", "itens": [grande, grande]}), 400)
    body = api().post("/vendas", {"titulo": "x", "itens": [grande]}).json()
    assert_problem(api().post(itens(body), grande), 400)


def test_products_off_sale_are_refused(api, oportunidade, produto):
    api().patch(f"/vendas/produtos/{produto['id']}", {"ativo": False})
    assert assert_problem(api().post(itens(oportunidade), {"produto_id": produto["id"]}), 400)["codigo"] == "inexistente"


def test_a_price_in_another_currency_must_be_stated(api, oportunidade):
    importado = api().post("/vendas/produtos", {"nome": "Licença", "preco": "10.00", "moeda": "USD"}).json()
    assert assert_problem(api().post(itens(oportunidade), {"produto_id": importado["id"]}), 422)["codigo"] == "moeda_diferente"
    assert api().post(itens(oportunidade), {"produto_id": importado["id"], "preco": "55.00"}).status_code == 201


def test_the_value_follows_one_source(api, por_itens):
    url = f"/vendas/{por_itens['id']}"
    assert assert_problem(api().patch(url, {"valor": "1.00"}), 422)["codigo"] == "valor_pelos_itens"
    assert api().patch(url, {"valor": "1.00", "origem_valor": "manual"}).json()["valor"] == "1.00"
    assert api().patch(url, {"origem_valor": "itens"}).json()["valor"] == "300.00"
    assert api().put(url, {"titulo": "y", "origem_valor": "itens"}).json()["valor"] == "300.00"


def test_a_won_value_no_longer_follows_them(api, por_itens, passar):
    body = passar(por_itens, "ganhar", valor="280.00").json()
    assert (body["valor"], body["origem_valor"], body["total_itens"]) == ("280.00", "manual", "300.00")


def test_a_closed_deal_keeps_its_items(api, por_itens, produto, passar):
    passar(por_itens, "ganhar")
    item = por_itens["itens"][0]
    for resposta in (
        api().post(itens(por_itens), {"produto_id": produto["id"]}),
        api().patch(itens(por_itens, item), {"quantidade": "1"}),
        api().delete(itens(por_itens, item)),
    ):
        assert assert_problem(resposta, 409)["codigo"] == "oportunidade_fechada"


def test_another_product_in_its_place(api, por_itens, produto):
    outro = api().post("/vendas/produtos", {"nome": "Treinamento", "preco": "80.00"}).json()
    item = por_itens["itens"][0]
    body = api().put(itens(por_itens, item), {"produto_id": outro["id"]}).json()
    assert (body["produto_nome"], body["quantidade"], body["preco"]) == ("Treinamento", "1.000", "150.00")
    assert_problem(api().patch(itens(por_itens, item), {"produto_id": str(uuid4())}), 400)


def test_an_item_is_found_only_under_its_deal(api, oportunidade, por_itens):
    assert_problem(api().get(itens(oportunidade, por_itens["itens"][0])), 404)


def test_items_are_changed_by_who_may_edit_deals(api, por_itens, produto):
    assert_problem(api("vendas:ler").post(itens(por_itens), {"produto_id": produto["id"]}), 403)


def test_statements_do_not_grow(api, por_itens, produto, queries):
    for _ in range(3):
        api().post(itens(por_itens), {"produto_id": produto["id"]})
    with queries(2):
        assert len(api().get(itens(por_itens)).json()["resultados"]) == 4
