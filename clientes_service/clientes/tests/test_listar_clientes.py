"""Lists of people: visibility, search, filters, order, pages, statements."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(api, ana, bruno, carla):
    """One person each of ana's, bruno's and carla's, named after the owner."""
    return {como.nome: api(como=como).post("/clientes", {"nome": f"De {como.nome}"}).json() for como in (ana, bruno, carla)}


@pytest.mark.parametrize(
    ("vis", "visiveis"), [("proprio", {"De Ana"}), ("equipe", {"De Ana", "De Bruno"}), ("todos", {"De Ana", "De Bruno", "De Carla"})]
)
def test_visibility(api, carteira, vis, visiveis):
    client = api(vis=vis)
    assert {row["nome"] for row in client.get("/clientes").json()["resultados"]} == visiveis
    for registro in carteira.values():
        expected = 200 if registro["nome"] in visiveis else 404
        assert client.get(f"/clientes/{registro['id']}").status_code == expected
        assert client.get(f"/clientes/{registro['id']}/meios").status_code == expected


def test_what_is_not_visible_cannot_be_changed(api, carteira):
    alheio = f"/clientes/{carteira['Carla']['id']}"
    client = api(vis="equipe")
    for response in (
        client.patch(alheio, {"nome": "x"}),
        client.put(alheio, {"nome": "x"}),
        client.delete(alheio),
        client.post(f"{alheio}/restaurar"),
    ):
        assert_problem(response, 404)
    assert api().get(alheio).json()["versao"] == 1


def test_visibility_may_differ_by_action(api, carteira):
    client = api(vis={"*": "proprio", "clientes:ler": "todos"})
    assert len(client.get("/clientes").json()["resultados"]) == 3
    assert_problem(client.patch(f"/clientes/{carteira['Bruno']['id']}", {"nome": "x"}), 404)


@pytest.mark.parametrize(
    "busca",
    [
        "silva",
        "JOAO",
        "joão",
        "joao da sil",
        "529.982.247-25",
        "52998224725",
        "982247",
        "(11) 98765-4321",
        "8765-4321",
        "+55 11 98765-4321",
        "exemplo.com",
        "jo",
    ],
)
def test_search_finds(api, joao, busca):
    api().post("/clientes", {"nome": "Maria Pereira"})
    assert [row["id"] for row in api().get("/clientes", {"busca": busca}).json()["resultados"]] == [joao["id"]]


@pytest.mark.parametrize("busca", ["oao da x", "%", "__", "pedro", "'; drop table--", "\\"])
def test_search_does_not_find(api, joao, busca):
    response = api().get("/clientes", {"busca": busca})
    assert response.status_code in (200, 400)
    assert not response.json().get("resultados")


def test_search_uses_its_index(api, joao, django_db_blocker):
    from django.db import connection

    from clientes.models import Cliente
    from crm_shared.api.filters import search_condition

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Cliente.objects.filter(search_condition("silva", ("busca_texto",))).order_by().explain()
    assert "cliente_busca" in plan


@pytest.mark.parametrize(
    "parametro", [{"telefone": "11 98765-4321"}, {"telefone": "1187654321"}, {"email": "JOAO@exemplo.com.br"}, {"cpf": "529.982.247-25"}]
)
def test_filters_by_contact_in_any_spelling(api, joao, parametro):
    api().post("/clientes", {"nome": "Outra"})
    assert [row["id"] for row in api().get("/clientes", parametro).json()["resultados"]] == [joao["id"]]


@pytest.mark.parametrize(
    "parametro",
    ["cpf=1", "telefone=190", "ciclo_vida=marte", "responsavel_id=1", "criado_em__gte=ontem", "nome=x", "origem=site&origem=evento"],
)
def test_bad_filters_are_refused(api, parametro):
    assert_problem(api().get(f"/clientes?{parametro}"), 400)


@pytest.mark.parametrize("ordenar", ["nome", "-nome", "criado_em", "-criado_em", "-atualizado_em"])
def test_pages_hold_every_row_once_and_lead_back(api, ordenar):
    for nome in ("b", "a", "c", "a", "b", "a", "d"):
        api().post("/clientes", {"nome": nome})
    seen, pages, cursor = [], [], None
    while True:
        page = api().get("/clientes", {"limite": 3, "ordenar": ordenar, **({"cursor": cursor} if cursor else {})}).json()
        pages.append([row["id"] for row in page["resultados"]])
        seen += page["resultados"]
        if not (cursor := page["proximo"]):
            break
    assert len({row["id"] for row in seen}) == len(seen) == 7
    campo = ordenar.lstrip("-")
    assert [row[campo] for row in seen] == sorted((row[campo] for row in seen), reverse=ordenar.startswith("-"))
    back = api().get("/clientes", {"limite": 3, "ordenar": ordenar, "cursor": page["anterior"]}).json()
    assert [row["id"] for row in back["resultados"]] == pages[-2]


def test_the_number_of_statements_does_not_grow(api, queries, joao):
    for numero in range(30):
        api().post("/clientes", {"nome": f"Cliente {numero}", "email": f"c{numero}@exemplo.com.br"})
    with queries(1):
        api().get("/clientes", {"limite": 30})
    with queries(3):
        api().get(f"/clientes/{joao['id']}")
