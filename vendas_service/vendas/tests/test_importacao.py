"""The past of a deal, as who holds vendas:importar may state it."""

from uuid import uuid4

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def importar(api):
    return lambda **corpo: api("vendas:criar", "vendas:importar").post("/vendas", {"titulo": "Do sistema antigo", **corpo})


def test_a_won_deal_with_its_dates(importar, funil, bruno, carla, passos):
    body = importar(
        status="ganha",
        aberta_em="2016-10-20",
        fechada_em="2017-03-01",
        valor="1054.00",
        responsavel_id=str(bruno.id),
        equipe_id=str(carla.equipe),
    ).json()
    assert (body["status"], body["etapa_nome"], body["probabilidade"], body["aberta_em"]) == ("ganha", "Ganha", 100, "2016-10-20")
    assert body["fechada_em"] == "2017-03-01T15:00:00Z"
    assert (body["responsavel_id"], body["equipe_id"]) == (str(bruno.id), str(carla.equipe))
    primeiro, ultimo = passos(body, inteiros=True)
    assert (primeiro["para_nome"], primeiro["em"], primeiro["probabilidade"]) == ("Prospecção", "2016-10-20T14:00:00Z", 10)  # summer time
    assert (ultimo["de_nome"], ultimo["para_nome"], ultimo["em"]) == ("Prospecção", "Ganha", "2017-03-01T15:00:00Z")
    assert ultimo["duracao_s"] == 132 * 86400 + 3600
    assert body["etapa_desde"] == ultimo["em"]


def test_a_lost_deal_leaves_from_the_stage_that_it_was_in(importar, etapas, motivo, passos, published):
    body = importar(
        status="perdida", motivo_perda_id=motivo["id"], nota_perda="Caro", fechada_em="2020-02-02", etapa_id=etapas["Proposta"]
    ).json()
    assert (body["etapa_nome"], body["motivo_perda_nome"], body["nota_perda"]) == ("Perdida", "Preço", "Caro")
    assert passos(body) == [(None, "Proposta"), ("Proposta", "Perdida")]
    assert body["aberta_em"] == "2020-02-02"
    assert [evento.tipo for evento in published()][-1] == "vendas.oportunidade.criada.v1"


def test_a_final_stage_says_the_outcome(importar, etapas, passos):
    body = importar(etapa_id=etapas["Ganha"], fechada_em="2020-02-02").json()
    assert body["status"] == "ganha"
    assert passos(body) == [(None, "Prospecção"), ("Prospecção", "Ganha")]


def test_an_open_deal_since_long_ago(importar, etapas, passos):
    body = importar(aberta_em="2017-05-05", etapa_id=etapas["Proposta"]).json()
    assert (body["status"], body["etapa_desde"]) == ("aberta", "2017-05-05T15:00:00Z")
    assert passos(body, inteiros=True)[0]["em"] == "2017-05-05T15:00:00Z"


def test_one_that_nobody_has_worked_on(importar, funil):
    assert importar(aberta_em=None).json()["aberta_em"] is None


def test_the_day_of_creation_orders_lists_and_names_the_code(api, importar, funil):
    nova = importar().json()
    antiga = importar(criado_em="2019-04-01T08:00:00-03:00").json()
    assert antiga["codigo"].startswith("OP-2019-")
    assert (antiga["criado_em"], antiga["aberta_em"]) == ("2019-04-01T11:00:00Z", "2019-04-01")
    assert [linha["id"] for linha in api().get("/vendas").json()["resultados"]] == [nova["id"], antiga["id"]]


@pytest.mark.parametrize(
    ("corpo", "codigo"),
    [
        ({"status": "perdida"}, "motivo_obrigatorio"),
        ({"status": "perdida", "motivo_perda_id": str(uuid4())}, "inexistente"),
        ({"status": "ganha", "motivo_perda_id": str(uuid4())}, "motivo_sem_perda"),
        ({"nota_perda": "x"}, "motivo_sem_perda"),
        ({"fechada_em": "2020-01-01"}, "data_sem_fechamento"),
        ({"status": "ganha", "fechada_em": "2100-01-01"}, "data_futura"),
        ({"aberta_em": "2100-01-01"}, "data_futura"),
        ({"criado_em": "2100-01-01"}, "data_futura"),
        ({"status": "ganha", "aberta_em": "2020-02-02", "fechada_em": "2020-02-01"}, "periodo_invalido"),
    ],
)
def test_a_past_that_cannot_be_is_refused(importar, funil, corpo, codigo):
    assert assert_problem(importar(**corpo), 400)["codigo"] == codigo


@pytest.mark.parametrize(
    "corpo", [{"status": "pausada"}, {"criado_em": "1969-01-01"}, {"aberta_em": "01/02/2020"}, {"fechada_em": "2020-13-01"}]
)
def test_shapes_are_checked(importar, funil, corpo):
    assert assert_problem(importar(**corpo), 400)["codigo"] == "dados_invalidos"


def test_stage_and_outcome_must_agree(importar, etapas):
    assert assert_problem(importar(status="aberta", etapa_id=etapas["Ganha"]), 400)["codigo"] == "etapa_e_status"


@pytest.mark.parametrize(
    "corpo",
    [{"status": "ganha"}, {"aberta_em": "2020-01-01"}, {"fechada_em": "2020-01-01"}, {"criado_em": "2020-01-01"}, {"nota_perda": "x"}],
)
def test_without_the_scope_it_is_refused(api, funil, corpo):
    problem = assert_problem(api("vendas:criar", "vendas:atribuir").post("/vendas", {"titulo": "x", **corpo}), 403)
    assert (problem["codigo"], problem["erros"][0]["campo"]) == ("escopo_ausente", next(iter(corpo)))


def test_a_reopened_import_is_an_open_deal(importar, funil, passar):
    ganha = importar(status="ganha", aberta_em="2016-10-20", fechada_em="2017-03-01").json()
    assert passar(ganha, "reabrir").json()["etapa_nome"] == "Prospecção"


def test_statements_of_one_row(api, funil, produto, motivo, bruno, queries):
    cliente = api()
    corpo = {
        "titulo": "x",
        "status": "perdida",
        "motivo_perda_id": motivo["id"],
        "aberta_em": "2016-10-20",
        "fechada_em": "2017-03-01",
        "responsavel_id": str(bruno.id),
        "equipe_id": str(bruno.equipe),
        "empresa_id": str(uuid4()),
        "itens": [{"produto_id": produto["id"]}],
    }
    cliente.post("/vendas", corpo)
    with queries(19):
        assert cliente.post("/vendas", corpo).status_code == 201


def test_many_at_once_with_their_items_and_only_once(api, produto, motivo, funil):
    """As examples/maven_crm.py loads them."""
    itens = [
        {"titulo": f"Negócio {numero}", "fechada_em": "2017-03-01", "itens": [{"produto_id": produto["id"]}], **desfecho}
        for numero in range(10)
        for desfecho in ({"status": "ganha", "valor": "10.00"}, {"status": "perdida", "motivo_perda_id": motivo["id"]})
    ]
    client = api("vendas:criar", "vendas:importar", "vendas:lote", "vendas:ler")
    lote = {"operacao": "criar", "atomico": True, "itens": itens}
    for repetido in (False, True):
        answer = client.post("/vendas/lote", lote, headers={"Idempotency-Key": "carga"})
        assert (answer.status_code, answer.json()["erros"], answer.has_header("Idempotency-Replayed")) == (207, 0, repetido)
    rows = client.get("/vendas", {"limite": 200}).json()["resultados"]
    assert len(rows) == 20
    assert {row["status"] for row in rows} == {"ganha", "perdida"}
    assert all(row["fechada_em"].startswith("2017-03-01") and row["total_itens"] == produto["preco"] for row in rows)
