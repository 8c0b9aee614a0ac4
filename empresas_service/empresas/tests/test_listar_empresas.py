"""Lists of companies: visibility, search, filters, statements."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(api, ana, bruno, carla):
    return {como.nome: api(como=como).post("/empresas", {"nome_fantasia": f"De {como.nome}"}).json() for como in (ana, bruno, carla)}


@pytest.mark.parametrize(
    ("vis", "visiveis"), [("proprio", {"De Ana"}), ("equipe", {"De Ana", "De Bruno"}), ("todos", {"De Ana", "De Bruno", "De Carla"})]
)
def test_visibility(api, carteira, vis, visiveis):
    client = api(vis=vis)
    assert {row["nome"] for row in client.get("/empresas").json()["resultados"]} == visiveis
    for registro in carteira.values():
        expected = 200 if registro["nome"] in visiveis else 404
        assert client.get(f"/empresas/{registro['id']}").status_code == expected
        assert client.get(f"/empresas/{registro['id']}/filiais").status_code == expected
        assert client.patch(f"/empresas/{registro['id']}", {"porte": "me"}).status_code == expected


@pytest.mark.parametrize(
    "busca",
    ["padaria", "SAO JOAO", "são joão ltda", "quente", "pao quente", "12.ABC.345/01DE-35", "12abc34501de35", "34501", "paoquente.com.br"],
)
def test_search_finds(api, padaria, busca):
    api().post("/empresas", {"razao_social": "Mercado Lua", "cnpj": "33000167000101", "site": "lua.com.br"})
    assert [row["id"] for row in api().get("/empresas", {"busca": busca}).json()["resultados"]] == [padaria["id"]]


def test_search_follows_a_new_name(api, padaria):
    api().patch(f"/empresas/{padaria['id']}", {"nome_fantasia": "Confeitaria", "site": ""})
    assert len(api().get("/empresas", {"busca": "confeitaria"}).json()["resultados"]) == 1
    assert api().get("/empresas", {"busca": "pao quente"}).json()["resultados"] == []


def test_search_uses_its_index(padaria):
    from django.db import connection

    from crm_shared.api.filters import search_condition
    from empresas.models import Empresa

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "empresa_busca" in Empresa.objects.filter(search_condition("padaria", ("busca_texto",))).order_by().explain()


@pytest.mark.parametrize(
    "parametro",
    [
        {"cnpj": "12.ABC.345/01DE-35"},
        {"cnpj": "12abc34501de35"},
        {"cnpj_raiz": "12abc345"},
        {"cnpj_raiz": "12.ABC.345"},
        {"segmento": "alimentação"},
        {"uf": "SP"},
        {"ciclo_vida": "cliente"},
        {"situacao_cadastral": "ativa"},
        {"criado_em__gte": "2026-01-01T00:00:00Z", "criado_em__lt": "2126-01-01T00:00:00-03:00"},
    ],
)
def test_filters(api, padaria, parametro):
    api().post("/empresas", {"nome_fantasia": "Outra", "cnpj": "33000167000101", "enderecos": [{"uf": "RJ"}]})
    api().patch(f"/empresas/{padaria['id']}", {"ciclo_vida": "cliente", "situacao_cadastral": "ativa"})
    api().post(f"/empresas/{padaria['id']}/enderecos", {"tipo": "entrega", "uf": "SP"})
    found = [row["id"] for row in api().get("/empresas", parametro).json()["resultados"]]
    assert padaria["id"] in found
    assert len(found) == (2 if "criado_em__gte" in parametro else 1)


def test_filters_by_owner_and_team(api, carteira, bruno):
    for parametro, nomes in (({"responsavel_id": str(bruno.id)}, {"De Bruno"}), ({"equipe_id": str(bruno.equipe)}, {"De Ana", "De Bruno"})):
        assert {row["nome"] for row in api().get("/empresas", parametro).json()["resultados"]} == nomes


@pytest.mark.parametrize(
    "parametro",
    ["cnpj=12ABC34501DE36", "cnpj_raiz=123", "uf=XX", "uf=sp", "controladora_id=1", "criado_em__lt=ontem", "nome=x", "cnpj_raiz=%00"],
)
def test_bad_filters_are_refused(api, parametro):
    assert_problem(api().get(f"/empresas?{parametro}"), 400)


def test_the_number_of_statements_does_not_grow(api, queries, padaria):
    for numero in range(30):
        api().post("/empresas", {"nome_fantasia": f"Empresa {numero}", "controladora_id": padaria["id"], "enderecos": [{"uf": "SP"}]})
    with queries(1):
        assert len(api().get("/empresas", {"limite": 200}).json()["resultados"]) == 31
    with queries(2):
        api().get(f"/empresas/{padaria['id']}")
    with queries(3):
        api().get(f"/empresas/{padaria['id']}/filiais")
