"""Lists of tasks: visibility, search, filters, pages, statements."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(api, ana, bruno, carla):
    return {como.nome: api(como=como).post("/tarefas", {"titulo": f"De {como.nome}"}).json() for como in (ana, bruno, carla)}


@pytest.mark.parametrize(
    ("vis", "visiveis"), [("proprio", {"De Ana"}), ("equipe", {"De Ana", "De Bruno"}), ("todos", {"De Ana", "De Bruno", "De Carla"})]
)
def test_visibility(api, carteira, vis, visiveis):
    client = api(vis=vis)
    assert {row["titulo"] for row in client.get("/tarefas").json()["resultados"]} == visiveis
    for registro in carteira.values():
        address, visivel = f"/tarefas/{registro['id']}", registro["titulo"] in visiveis
        assert client.get(address).status_code == (200 if visivel else 404)
        assert client.patch(address, {"notas": "x"}).status_code == (200 if visivel else 404)
        assert client.post(f"{address}/iniciar").status_code == (200 if visivel else 404)
        again = client.post(f"{address}/delegar", {"responsavel_id": registro["responsavel_id"]})
        assert again.status_code == (200 if visivel else 404)
        assert not visivel or again.json()["equipe_id"] == registro["equipe_id"]
        assert client.delete(address).status_code == (204 if visivel else 404)


@pytest.mark.parametrize("busca", ["joao", "LIGAR", "para o jo", "amostra"])
def test_search_finds(api, tarefa, busca):
    api().patch(f"/tarefas/{tarefa['id']}", {"notas": "Levar amostras"})
    api().post("/tarefas", {"titulo": "Outra"})
    assert [row["id"] for row in api().get("/tarefas", {"busca": busca}).json()["resultados"]] == [tarefa["id"]]


def test_search_uses_its_index(tarefa):
    from django.db import connection

    from crm_shared.api.filters import search_condition
    from tarefas.models import Tarefa

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "tarefa_busca" in Tarefa.objects.filter(search_condition("ligar", ("busca_texto",))).order_by().explain()


@pytest.mark.parametrize(
    "parametro",
    [
        {"estado": "em_andamento"},
        {"tipo": "ligacao"},
        {"prioridade": "alta"},
        {"vencimento_data": "2030-01-15"},
        {"vencimento_data__gte": "2030-01-15", "vencimento_data__lte": "2030-01-15"},
        {"vence_em__gte": "2030-01-15T00:00:00-03:00", "vence_em__lt": "2030-01-16T00:00:00-03:00"},
    ],
)
def test_filters(api, tarefa, mudar, parametro):
    mudar(tarefa, "iniciar")
    api().post("/tarefas", {"titulo": "Outra", "vencimento_em": "2030-01-17T10:00:00Z"})
    assert [row["id"] for row in api().get("/tarefas", parametro).json()["resultados"]] == [tarefa["id"]]


def test_filters_by_instant(api, tarefa):
    outra = api().post("/tarefas", {"titulo": "Outra", "vencimento_em": "2030-01-17T10:00:00Z"}).json()
    for de, ate, ids in (("10:00:00Z", "10:00:01Z", [outra["id"]]), ("09:00:00Z", "10:00:00Z", [])):
        params = {"vencimento_em__gte": f"2030-01-17T{de}", "vencimento_em__lt": f"2030-01-17T{ate}"}
        assert [row["id"] for row in api().get("/tarefas", params).json()["resultados"]] == ids


def test_filters_by_owner_team_and_creator(api, carteira, bruno):
    for parametro in ({"responsavel_id": str(bruno.id)}, {"criador_id": str(bruno.id)}):
        assert [row["titulo"] for row in api().get("/tarefas", parametro).json()["resultados"]] == ["De Bruno"]
    assert len(api().get("/tarefas", {"equipe_id": str(bruno.equipe)}).json()["resultados"]) == 2


@pytest.mark.parametrize("parametro", ["estado=feita", "quando=ontem", "vinculo_id=1", "vencimento_data__gte=x", "titulo=x", "atrasada=1"])
def test_bad_filters_are_refused(api, parametro):
    assert_problem(api().get(f"/tarefas?{parametro}"), 400)
    assert_problem(api().get(f"/tarefas/minhas?{parametro}"), 400)


@pytest.mark.parametrize("ordenar", ["vencimento", "-vencimento"])
def test_pages_by_due_date_hold_every_row_once_those_without_last(api, ordenar):
    for dia in ("2030-01-03", None, "2030-01-01", "2030-01-02", None, "2030-01-01", None):
        api().post("/tarefas", {"titulo": "x", "vencimento_data": dia})
    seen, cursor = [], None
    while True:
        page = api().get("/tarefas", {"limite": 2, "ordenar": ordenar, **({"cursor": cursor} if cursor else {})}).json()
        seen += page["resultados"]
        if not (cursor := page["proximo"]):
            break
    assert len({row["id"] for row in seen}) == len(seen) == 7
    datas = [row["vencimento_data"] for row in seen]
    assert datas[4:] == [None, None, None]
    assert datas[:4] == sorted(datas[:4], reverse=ordenar.startswith("-"))


def test_the_number_of_statements_does_not_grow(api, queries, tarefa):
    for numero in range(30):
        vinculos = [{"recurso": "clientes.cliente", "id": f"018f0000-0000-7000-8000-{numero:012}"}]
        api().post("/tarefas", {"titulo": f"Tarefa {numero}", "vinculos": vinculos})
    with queries(1):
        assert len(api().get("/tarefas", {"limite": 200}).json()["resultados"]) == 31
    with queries(1):
        api().get("/tarefas/minhas", {"quando": "semana"})
    with queries(1):
        api().get(f"/tarefas/{tarefa['id']}")
