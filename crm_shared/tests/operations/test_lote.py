"""`POST /<recurso>/lote`, answered at once: every item as its own request would be, and nothing of one that is refused."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from projeto.exemplo.models import Coisa

from crm_shared.db import is_mongo
from crm_shared.events.models import Evento
from crm_shared.operations.models import Operacao
from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
LOTE = "/exemplo/lote"


def lote(client, operacao, *itens, headers=None, **membros):
    return client.post(LOTE, {"operacao": operacao, **({"itens": list(itens)} if itens else {}), **membros}, headers=headers or {})


def feito(client, operacao, *itens, **membros):
    answer = lote(client, operacao, *itens, **membros)
    assert answer.status_code == 207, answer.json()
    return answer.json()["resultados"]


@pytest.fixture
def coisas(api):
    return [api().post("/exemplo", {"nome": nome}).json() for nome in ("a", "b", "c")]


def nomes():
    return sorted(Coisa.objects.filter(excluido_em=None).values_list("nome", flat=True))


def test_create(api):
    answer = lote(api(), "criar", {"nome": "a"}, {"nome": "b", "valor": "2.50"})
    assert (answer.status_code, answer.json()["feitos"], answer.json()["erros"]) == (207, 2, 0)
    for number, result in enumerate(answer.json()["resultados"]):
        assert (result["indice"], result["status"], result["versao"], result["erros"]) == (number, 201, 1, [])
        assert Coisa.objects.filter(pk=result["id"]).exists()
    assert sorted(str(evento.agregado_id) for evento in Evento.objects.all()) == sorted(item["id"] for item in answer.json()["resultados"])


def test_a_refused_item_leaves_nothing_and_the_others_stand(api, coisas):
    before = Evento.objects.count()
    results = feito(api(), "criar", {"nome": "x"}, {"nome": "a"}, {"nome": ""}, "texto", {"nome": "y", "campo": 1}, {"nome": "z"})
    assert [item["status"] for item in results] == [201, 409, 400, 400, 400, 201]
    assert [item["erros"][0]["codigo"] for item in results[1:5]] == ["duplicado", "em_branco", "nao_e_objeto", "campo_desconhecido"]
    assert nomes() == ["a", "b", "c", "x", "z"]
    assert Evento.objects.count() == before + 2


def test_all_or_nothing(api, coisas):
    before = Evento.objects.count()
    problem = assert_problem(lote(api(), "criar", {"nome": "x"}, {"nome": "a"}, {"nome": ""}, atomico=True), 422)
    assert (problem["codigo"], [item["indice"] for item in problem["itens"]]) == ("lote_recusado", [1, 2])
    assert (nomes(), Evento.objects.count(), Operacao.objects.count()) == (["a", "b", "c"], before, 0)
    assert lote(api(), "criar", {"nome": "x"}, {"nome": "y"}, atomico=True).status_code == 207


def test_update_with_versions(api, coisas):
    a, b, c = coisas
    api().patch(f"/exemplo/{b['id']}", {"nome": "outro"})
    results = feito(
        api(),
        "atualizar",
        {"id": a["id"], "nome": "A", "versao": 1},
        {"id": b["id"], "nome": "B", "versao": 1},
        {"id": c["id"], "prazo": "ontem"},
        {"id": MISSING, "nome": "x"},
        {"nome": "x"},
        {"id": "7"},
        {"id": c["id"].upper().replace("-", "") + "0"},
    )
    assert [(item["status"], item["versao"]) for item in results] == [
        (200, 2),
        *[(status, None) for status in (412, 400, 404, 400, 400, 400)],
    ]
    assert nomes() == ["A", "c", "outro"]
    assert Evento.objects.filter(agregado_id=UUID(a["id"])).order_by("versao").last().mudancas == [
        {"campo": "nome", "de": "a", "para": "A"}
    ]


def test_update_with_values_for_all(api, coisas):
    feito(api(), "atualizar", {"id": coisas[0]["id"]}, {"id": coisas[1]["id"], "valor": "9.00"}, valores={"valor": "5.00"})
    assert [int(coisa.valor) for coisa in Coisa.objects.order_by("nome")] == [5, 9, 0]


def test_upsert_by_a_natural_key(api, coisas):
    results = feito(api(), "upsert", {"nome": "a", "valor": "7.00"}, {"nome": "novo"}, {"valor": "1.00"}, chave="nome")
    assert [item["status"] for item in results] == [200, 201, 400]
    assert (results[0]["id"], results[0]["versao"]) == (coisas[0]["id"], 2)
    assert nomes() == ["a", "b", "c", "novo"]


def test_upsert_of_one_out_of_sight_is_a_duplicate(api, coisas, bruno):
    [result] = feito(api(como=bruno, vis="proprio"), "upsert", {"nome": "a", "valor": "7.00"}, chave="nome")
    assert (result["status"], result["erros"][0]["codigo"]) == (409, "duplicado")


def test_delete_and_restore(api, coisas):
    ids = [{"id": item["id"]} for item in coisas]
    assert [item["status"] for item in feito(api(), "excluir", *ids[:2])] == [200, 200]
    assert nomes() == ["c"]
    assert [item["status"] for item in feito(api(), "excluir", *ids)] == [404, 404, 200]
    assert [item["versao"] for item in feito(api(), "restaurar", *ids)] == [3, 3, 3]
    assert [item["status"] for item in feito(api(), "restaurar", *ids)] == [409, 409, 409]
    assert {evento.tipo.split(".")[2] for evento in Evento.objects.all()} == {"criada", "excluida", "restaurada"}


def test_assign(api, coisas, bruno):
    feito(api(), "atribuir", *[{"id": item["id"]} for item in coisas[:2]], valores={"responsavel_id": str(bruno.id)})
    assert Coisa.objects.filter(responsavel_id=bruno.id).count() == 2
    assert feito(api(), "atribuir", {"id": coisas[2]["id"]})[0]["status"] == 400


def test_tag_and_untag(api, coisas):
    api().post("/exemplo/marcadores", {"nome": "frio"})
    api().post("/exemplo/marcadores", {"nome": "novo"})
    ids = [{"id": item["id"]} for item in coisas]
    assert [item["versao"] for item in feito(api(), "marcar", *ids, valores={"marcadores": ["frio", "novo"]})] == [2, 2, 2]
    feito(api(), "desmarcar", {**ids[0], "marcadores": ["frio"]})
    assert [coisa.marcadores for coisa in Coisa.objects.order_by("nome")] == [["novo"], ["frio", "novo"], ["frio", "novo"]]
    [unknown] = feito(api(), "marcar", {**ids[0], "marcadores": ["quente"]})
    assert (unknown["status"], unknown["erros"][0]["codigo"]) == (400, "inexistente")


@pytest.mark.parametrize("operacao", ["atualizar", "excluir", "restaurar", "atribuir"])
def test_what_is_not_visible_is_not_found(operacao, api, coisas, bruno):
    other = api(como=bruno, vis="proprio")
    membros = {"valores": {"responsavel_id": str(bruno.id)}} if operacao == "atribuir" else {}
    if operacao == "restaurar":
        feito(api(), "excluir", {"id": coisas[0]["id"]})
    before = Evento.objects.count()
    [result] = feito(other, operacao, {"id": coisas[0]["id"]}, **membros)
    assert (result["status"], result["erros"][0]["codigo"]) == (404, "nao_encontrado")
    assert Evento.objects.count() == before


@pytest.mark.parametrize(
    ("operacao", "scopes"),
    [
        ("criar", ("ler", "editar", "excluir", "atribuir")),
        ("atualizar", ("ler", "criar", "excluir", "atribuir")),
        ("upsert", ("ler", "criar")),
        ("upsert", ("ler", "editar")),
        ("excluir", ("ler", "criar", "editar", "atribuir")),
        ("restaurar", ("ler", "criar", "editar", "atribuir")),
        ("atribuir", ("ler", "criar", "editar", "excluir")),
    ],
)
def test_each_operation_asks_for_its_own_scope(operacao, scopes, api, coisas):
    client = api(*(f"empresas:{acao}" for acao in scopes))
    membros = {"chave": "nome"} if operacao == "upsert" else {}
    assert assert_problem(lote(client, operacao, {"id": coisas[0]["id"]}, **membros), 403)["codigo"] == "escopo_ausente"


@pytest.mark.parametrize(
    ("corpo", "campo"),
    [
        ({}, "operacao"),
        ({"operacao": "apagar", "itens": [{}]}, "operacao"),
        ({"operacao": 7, "itens": [{}]}, "operacao"),
        ({"operacao": "criar"}, "itens"),
        ({"operacao": "criar", "itens": []}, "itens"),
        ({"operacao": "criar", "itens": {}}, "itens"),
        ({"operacao": "criar", "itens": "a"}, "itens"),
        ({"operacao": "criar", "itens": [{}] * 10_001}, "itens"),
        ({"operacao": "criar", "itens": [{}], "chave": "nome"}, "chave"),
        ({"operacao": "upsert", "itens": [{}]}, "chave"),
        ({"operacao": "upsert", "itens": [{}], "chave": "valor"}, "chave"),
        ({"operacao": "criar", "itens": [{}], "atomico": "sim"}, "atomico"),
        ({"operacao": "criar", "itens": [{}] * 501, "atomico": True}, "atomico"),
        ({"operacao": "criar", "itens": [{}], "valores": {}}, "valores"),
        ({"operacao": "criar", "itens": [{}], "desconhecido": 1}, "desconhecido"),
        ({"operacao": "excluir", "itens": [{"id": MISSING}, {"id": MISSING}]}, "itens.1.id"),
        ({"operacao": "upsert", "chave": "nome", "itens": [{"nome": "a"}, {"nome": "A"}]}, "itens.1.nome"),
        ({"operacao": "excluir", "itens": [{}], "selecao": {"q": "nome:a"}}, "itens"),
        ({"operacao": "criar", "selecao": {"q": "nome:a"}}, "selecao"),
        ({"operacao": "excluir", "selecao": {}}, "selecao"),
        ({"operacao": "excluir", "selecao": {"q": ""}}, "selecao.q"),
        ({"operacao": "excluir", "selecao": {"filtros": {}}}, "selecao"),
        ({"operacao": "excluir", "selecao": {"q": "senha:1"}}, "selecao.q"),
        ({"operacao": "excluir", "selecao": {"q": "("}}, "selecao.q"),
        ({"operacao": "excluir", "selecao": {"filtros": {"limite": 1}}}, "selecao.limite"),
        ({"operacao": "excluir", "selecao": {"filtros": {"prazo": "ontem"}}}, "selecao.prazo"),
        ({"operacao": "excluir", "selecao": {"filtros": {"prazo": []}}}, "selecao.filtros.prazo"),
        ({"operacao": "excluir", "selecao": {"filtros": 7}}, "selecao.filtros"),
        ({"operacao": "excluir", "selecao": {"outro": 7}}, "selecao.outro"),
        ({"operacao": "excluir", "selecao": {"q": "nome:a"}, "atomico": True}, "atomico"),
        ({"operacao": "atualizar", "selecao": {"q": "nome:a"}}, "valores"),
        ({"operacao": "atualizar", "selecao": {"q": "nome:a"}, "valores": {"versao": 1}}, "valores"),
    ],
)
def test_what_is_no_lote_is_refused_whole(corpo, campo, api):
    problem = assert_problem(api().post(LOTE, corpo), 400)
    assert campo in [erro["campo"] for erro in problem["erros"]], problem
    assert not Operacao.objects.exists()


def test_the_same_key_does_it_once(api):
    headers = {"Idempotency-Key": "um"}
    client = api()
    first = lote(client, "criar", {"nome": "a"}, {"nome": "a2"}, {"nome": ""}, headers=headers)
    again = lote(client, "criar", {"nome": "a"}, {"nome": "a2"}, {"nome": ""}, headers=headers)
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert (nomes(), Evento.objects.count(), Operacao.objects.count()) == (["a", "a2"], 2, 1)
    assert_problem(lote(client, "criar", {"nome": "b"}, headers=headers), 422)


def test_the_same_key_over_refused_items_that_had_written(api, coisas):
    """On MongoDB their transaction, which is the key's own, begins again without them."""
    headers = {"Idempotency-Key": "um"}
    answer = lote(api(), "criar", {"nome": "x"}, {"nome": "a"}, {"nome": "y"}, {"nome": "b"}, headers=headers)
    assert [item["status"] for item in answer.json()["resultados"]] == [201, 409, 201, 409]
    assert lote(api(), "criar", {"nome": "x"}, {"nome": "a"}, {"nome": "y"}, {"nome": "b"}, headers=headers).json() == answer.json()
    assert nomes() == ["a", "b", "c", "x", "y"]


def test_it_can_be_undone(api, coisas, ate_o_fim):
    client = api()
    answer = lote(client, "atualizar", *[{"id": item["id"], "valor": "9.00"} for item in coisas], {"id": MISSING}).json()
    where = f"/exemplo/operacoes/{answer['operacao']}"
    kept = client.get(where).json()
    assert (kept["estado"], kept["recurso"], kept["total"], kept["feitos"], kept["erros"]) == ("concluida", "exemplo", 4, 4, 1)
    assert kept["desfazer_ate"] == answer["desfazer_ate"]
    assert [item["status"] for item in client.get(f"{where}/itens").json()["resultados"]] == [200, 200, 200, 404]
    client.patch(f"/exemplo/{coisas[1]['id']}", {"valor": "5.00"})
    assert client.post(f"{where}/desfazer").json()["estado"] == "desfazendo"
    ate_o_fim()
    assert [int(coisa.valor) for coisa in Coisa.objects.order_by("nome")] == [0, 5, 0]
    assert [item["desfeito"] for item in client.get(f"{where}/itens").json()["resultados"]] == ["sim", "alterado_depois", "sim", ""]
    assert assert_problem(client.post(f"{where}/desfazer"), 409)["codigo"] == "operacao_nao_encerrada"


def test_nothing_done_is_nothing_to_undo(api, coisas):
    answer = lote(api(), "criar", {"nome": "a"}, {"nome": ""}).json()
    assert answer["desfazer_ate"] is None
    refused = api().post(f"/exemplo/operacoes/{answer['operacao']}/desfazer")
    assert assert_problem(refused, 422)["codigo"] == "nao_pode_ser_desfeita"


def test_others_do_not_undo_it(api, coisas, bruno):
    operacao = lote(api(), "excluir", {"id": coisas[0]["id"]}).json()["operacao"]
    other = api("empresas:ler", "empresas:criar", "empresas:excluir", como=bruno)
    assert_problem(other.post(f"/exemplo/operacoes/{operacao}/desfazer"), 404)


def test_a_simulated_one_leaves_no_operation(api):
    answer = api().post(f"{LOTE}?simular=true", {"operacao": "criar", "itens": [{"nome": "a"}]})
    assert answer.status_code == 207
    assert not Operacao.objects.exists()


@pytest.mark.skipif("connection.vendor == 'mongodb'", reason="counts SQL")
def test_statements_for_each_item_are_few(api, coisas):
    client = api()

    def statements(count, operacao, make):
        with CaptureQueriesContext(connection) as found:
            feito(client, operacao, *[make(number) for number in range(count)])
        return len(found)

    few = statements(10, "criar", lambda number: {"nome": f"p{number}"})
    many = statements(110, "criar", lambda number: {"nome": f"m{number}"})
    assert (many - few) / 100 <= 3  # savepoint, insert, release
    ids = [str(pk) for pk in Coisa.objects.values_list("pk", flat=True)]
    few = statements(10, "atualizar", lambda number: {"id": ids[number], "valor": "1.00"})
    many = statements(110, "atualizar", lambda number: {"id": ids[number], "valor": "2.00"})
    assert (many - few) / 100 <= 3
    client.post("/exemplo/marcadores", {"nome": "frio"})
    client.post("/exemplo/marcadores", {"nome": "novo"})
    few = statements(10, "marcar", lambda number: {"id": ids[number], "marcadores": ["frio"]})
    many = statements(110, "marcar", lambda number: {"id": ids[number], "marcadores": ["novo"]})
    assert (many - few) / 100 <= 3


@pytest.mark.skipif("connection.vendor == 'mongodb'", reason="counts SQL")
def test_definitions_of_custom_fields_are_read_once_for_each_request(api):
    """And anew for the next one."""
    client = api()

    def definitions_read(*itens):
        with CaptureQueriesContext(connection) as found:
            results = feito(client, "criar", *itens)
        return [item["status"] for item in results], sum('FROM "crm_shared_campopersonalizado"' in query["sql"] for query in found)

    itens = [{"nome": str(number), "extras": {"cor": "azul"}} for number in range(3)]
    assert definitions_read(*itens) == ([400] * 3, 1)
    campo = {"recurso": "coisas", "chave": "cor", "rotulo": "Cor", "tipo": "texto", "indexado": True}
    assert client.post("/exemplo/campos-personalizados", campo).status_code == 201
    assert definitions_read(*itens) == ([201] * 3, 1)


def test_bodies_beyond_the_limit(api, settings):
    settings.JSON_BODY_MAX_BYTES = 1000
    assert_problem(lote(api(), "criar", *[{"nome": str(number)} for number in range(200)]), 413)
    assert is_mongo() or not Coisa.objects.exists()
