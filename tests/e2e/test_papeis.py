"""What each role may do and see."""

import pytest


def status(pessoa, method, path, **body):
    return pessoa.crm.request(method, path, **({"json": body} if method != "GET" else {})).status_code


@pytest.fixture(scope="module")
def funil(admin, mark):
    """A funnel for this module: what is counted here is what was made here."""
    return admin.create("/gateway/vendas/funis", {"nome": f"Papéis {mark}"})


@pytest.fixture(scope="module")
def oportunidades(elenco, funil):
    """One deal of each seller's: title by name."""
    return {
        nome: getattr(elenco, nome).crm.create("/gateway/vendas", {"titulo": f"de {nome}", "valor": "100.00", "funil_id": funil["id"]})
        for nome in ("ana", "bruno", "carla")
    }


@pytest.mark.parametrize(
    ("quem", "vistas"),
    [("ana", {"ana"}), ("bruno", {"bruno"}), ("carla", {"carla"}), ("gil", {"ana", "bruno"}), ("rita", {"ana", "bruno", "carla"})],
)
def test_each_sees_own_team_or_all(elenco, oportunidades, funil, quem, vistas):
    crm = getattr(elenco, quem).crm
    assert {linha["titulo"] for linha in crm.rows("/gateway/vendas", funil_id=funil["id"])} == {f"de {nome}" for nome in vistas}
    for nome, oportunidade in oportunidades.items():
        assert crm.request("GET", f"/gateway/vendas/{oportunidade['id']}").status_code == (200 if nome in vistas else 404), nome
    quadro = crm.read(f"/gateway/vendas/funis/{funil['id']}/quadro")
    assert sum(coluna["quantidade"] for coluna in quadro["colunas"]) == len(vistas)
    totais = crm.read("/gateway/vendas/relatorios/funil", funil_id=funil["id"])["totais"]
    assert (totais["oportunidades"], totais["valor_aberto"]) == (len(vistas), f"{100 * len(vistas)}.00")


def test_what_is_out_of_sight_cannot_be_touched(elenco, oportunidades):
    alheia = f"/gateway/vendas/{oportunidades['carla']['id']}"
    assert status(elenco.ana, "PATCH", alheia, titulo="minha") == 404
    assert status(elenco.ana, "POST", f"{alheia}/ganhar") == 404
    assert status(elenco.ana, "GET", f"{alheia}/itens") == 404


def test_a_seller_sells_and_does_not_configure(elenco, oportunidades):
    propria = f"/gateway/vendas/{oportunidades['ana']['id']}"
    assert status(elenco.ana, "PATCH", propria, valor="100.00") == 200
    assert status(elenco.ana, "DELETE", propria) == 403
    assert status(elenco.ana, "POST", "/gateway/vendas/funis", nome="Meu") == 403
    assert status(elenco.ana, "POST", "/gateway/vendas/produtos", nome="Meu") == 403
    assert status(elenco.ana, "PATCH", propria, responsavel_id=elenco.bruno.id) == 403


def test_a_seller_does_not_rewrite_the_past(elenco, funil):
    corpo = {"titulo": "x", "funil_id": funil["id"], "aberta_em": "2017-01-01"}
    assert status(elenco.ana, "POST", "/gateway/vendas", **corpo) == 403


def test_only_administrators_manage_people(elenco):
    for quem in (elenco.ana, elenco.gil, elenco.rita, elenco.bia):
        assert status(quem, "POST", "/auth/equipes", nome="Minha") == 403
        assert status(quem, "POST", "/auth/usuarios", nome="x") == 403


def test_a_reader_reads_and_a_masked_document(elenco, admin, mark):
    corpo = {"nome": f"Maria {mark}", "email": f"maria.{mark}@example.com", "telefone": "(11) 98765-4321"}
    cliente = admin.create("/gateway/clientes", corpo)
    path = f"/gateway/clientes/{cliente['id']}"
    lida = elenco.rita.crm.read(path)
    assert lida["nome"] == corpo["nome"]
    assert lida["email"] != corpo["email"]
    assert "98765" not in lida["telefone"]
    assert status(elenco.rita, "PATCH", path, nome="Outra") == 403
    assert status(elenco.rita, "POST", "/gateway/clientes", nome="Outra") == 403


def test_who_attends_does_not_sell(elenco, funil):
    assert status(elenco.bia, "POST", "/gateway/clientes", nome="João") == 201
    assert status(elenco.bia, "POST", "/gateway/vendas", titulo="x", funil_id=funil["id"]) == 403


def test_a_manager_gives_a_deal_to_another_and_it_changes_hands(elenco, funil):
    oportunidade = elenco.ana.crm.create("/gateway/vendas", {"titulo": "muda de mãos", "funil_id": funil["id"]})
    path = f"/gateway/vendas/{oportunidade['id']}"
    assert status(elenco.gil, "PATCH", path, responsavel_id=elenco.bruno.id) == 200
    assert (status(elenco.ana, "GET", path), status(elenco.bruno, "GET", path)) == (404, 200)
    assert status(elenco.bruno, "DELETE", path) == 403
    assert status(elenco.gil, "DELETE", path) == 204
