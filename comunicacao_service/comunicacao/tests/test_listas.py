"""Lists: visibility, search, filters, order, pages, statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comunicacao.models import Conversa
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def fila(api, nova, ana, bruno, carla):
    """One conversation each of ana's, bruno's and carla's, with the owner's name as subject."""
    return {como.nome: api(como=como).post("/comunicacao", {**nova, "assunto": f"De {como.nome}"}).json() for como in (ana, bruno, carla)}


@pytest.mark.parametrize(
    ("vis", "visiveis"), [("proprio", {"De Ana"}), ("equipe", {"De Ana", "De Bruno"}), ("todos", {"De Ana", "De Bruno", "De Carla"})]
)
def test_visibility(api, fila, vis, visiveis):
    client = api(vis=vis)
    assert {row["assunto"] for row in client.get("/comunicacao").json()["resultados"]} == visiveis
    for conversa in fila.values():
        expected = 200 if conversa["assunto"] in visiveis else 404
        assert client.get(f"/comunicacao/{conversa['id']}").status_code == expected
        assert client.get(f"/comunicacao/{conversa['id']}/mensagens").status_code == expected


def test_what_is_not_visible_cannot_be_changed(api, fila):
    alheia = f"/comunicacao/{fila['Carla']['id']}"
    client = api(vis="equipe")
    for response in (
        client.patch(alheia, {"assunto": "x"}),
        client.delete(alheia),
        *(client.post(f"{alheia}/{acao}") for acao in ("atribuir", "resolver", "reabrir", "restaurar")),
    ):
        assert_problem(response, 404)
    assert api().get(alheia).json()["versao"] == 1


@pytest.mark.parametrize("busca", ["silva", "JOAO", "joão", "oão da sil", "8765-4321", "(11) 98765-4321", "atrasado", "cv-", "jo"])
def test_search_finds_by_any_part(api, conversa, nova, busca):
    api().post("/comunicacao", {"canal_id": nova["canal_id"], "assunto": "Outra"})
    rows = api().get("/comunicacao", {"busca": busca}).json()["resultados"]
    assert conversa["id"] in [row["id"] for row in rows]
    assert len(rows) == (2 if busca == "cv-" else 1)


@pytest.mark.parametrize("busca", [".*", "joao|maria", "(jo", "[a-z]+", "jo\\w", "^ joao", "$", "%a", "oao da x"])
def test_search_takes_text_for_text_never_for_a_pattern(api, conversa, busca):
    response = api().get("/comunicacao", {"busca": busca})
    assert response.status_code in (200, 400)
    assert not response.json().get("resultados")


def test_filters(api, conversa, nova, escrever):
    outra = api().post("/comunicacao", {**nova, "prioridade": "urgente"}).json()
    escrever("entrada")

    def found(**parametros):
        return {row["id"] for row in api().get("/comunicacao", parametros).json()["resultados"]}

    assert found(prioridade="urgente") == {outra["id"]}
    assert found(identidade_id=conversa["identidade_id"]) == {conversa["id"]}
    assert found(aguardando="true") == found(nao_lida="true") == {conversa["id"]}
    assert found(aguardando="false") == found(nao_lida="false") == {outra["id"]}
    assert found(estado="aberta", canal_id=nova["canal_id"]) == {conversa["id"], outra["id"]}
    assert found(estado="resolvida") == set()
    assert found(criado_em__gte=outra["criado_em"]) == {outra["id"]}


@pytest.mark.parametrize(
    "parametro", ["estado=x", "cliente_id=1", "nao_lida=talvez", "criado_em__gte=ontem", "assunto=x", "estado=a&estado=b"]
)
def test_bad_filters_are_refused(api, parametro):
    assert_problem(api().get(f"/comunicacao?{parametro}"), 400)


@pytest.mark.parametrize("ordenar", ["ultima_mensagem_em", "-ultima_mensagem_em", "criado_em", "-criado_em"])
def test_pages_hold_every_row_once_and_lead_back(api, nova, ordenar):
    for _ in range(7):
        api().post("/comunicacao", nova)
    momentos = [timezone.now() - timedelta(hours=numero % 3) for numero in range(7)]  # several at the same instant
    for pk, momento in zip(Conversa.objects.values_list("pk", flat=True), momentos, strict=True):
        Conversa.objects.filter(pk=pk).update(ultima_mensagem_em=momento)
    seen, pages, cursor = [], [], None
    while True:
        page = api().get("/comunicacao", {"limite": 3, "ordenar": ordenar, **({"cursor": cursor} if cursor else {})}).json()
        pages.append([row["id"] for row in page["resultados"]])
        seen += page["resultados"]
        if not (cursor := page["proximo"]):
            break
    assert len({row["id"] for row in seen}) == len(seen) == 7
    campo = ordenar.lstrip("-")
    assert [row[campo] for row in seen] == sorted((row[campo] for row in seen), reverse=ordenar.startswith("-"))
    back = api().get("/comunicacao", {"limite": 3, "ordenar": ordenar, "cursor": page["anterior"]}).json()
    assert [row["id"] for row in back["resultados"]] == pages[-2]


def test_the_number_of_statements_does_not_grow(api, nova, conversa, escrever, queries):
    for numero in range(10):
        api().post("/comunicacao", nova)
        escrever("entrada", str(numero))
    with queries(1):
        api().get("/comunicacao", {"limite": 30})
    with queries(1):
        api().get(f"/comunicacao/{conversa['id']}")
    with queries(2):
        api().get(f"/comunicacao/{conversa['id']}/mensagens", {"limite": 30})


def test_the_page_is_found_before_anything_is_joined(api, conversa):
    with CaptureQueriesContext(connection) as captured:
        api(vis="proprio").get("/comunicacao", {"estado": "aberta"})
    [statement] = captured
    positions = [statement["sql"].index(stage) for stage in ("$match", "$sort", "$limit", "$lookup")]
    assert positions == sorted(positions)
    assert "$and" not in statement["sql"].split("$lookup")[0]


def test_related_records_come_by_one_query_per_kind(api, conversa, identidade, canal, ana):
    with CaptureQueriesContext(connection) as asked:
        row = api().get("/comunicacao", {"expandir": "canal,identidade,responsavel,cliente"}).json()["resultados"][0]
    assert len(asked) == 4
    assert (row["canal"]["nome"], row["identidade"]["id_externo"], row["cliente"]) == (canal["nome"], identidade["id_externo"], None)
    assert row["responsavel"]["id"] == str(ana.id)
    assert api().get(f"/comunicacao/{conversa['id']}", {"campos": "numero"}).json() == {"numero": conversa["numero"]}


def test_counts(api, fila):
    assert api(vis="equipe").get("/comunicacao", {"contagem": "exata"}).json()["contagem"] == {"valor": 2, "tipo": "exata"}
    assert api().get("/comunicacao", {"contagem": "estimada"}).json()["contagem"] == {"valor": 3, "tipo": "estimada"}
    assert api().get("/comunicacao", {"contagem": "estimada", "busca": "de ana"}).json()["contagem"] == {"valor": 1, "tipo": "exata"}
