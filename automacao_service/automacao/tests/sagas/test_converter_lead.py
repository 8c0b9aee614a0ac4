"""Converting a lead: what is made of it, for whom, and what the saga tells."""

import pytest

from automacao.models import Saga
from automacao.sagas import motor
from crm_shared.observability.context import trace_id_of
from crm_shared.testing.contract import assert_problem

from .conftest import INICIO, levar, nada_ficou, tudo_esta_feito
from .servicos import Defeito, Reply

pytestmark = pytest.mark.django_db


def test_it_works(api, servicos, ana, published):
    lead = servicos.novo_lead()
    answer = api().post(INICIO, {"lead_id": lead})
    assert (answer.status_code, answer["Location"]) == (202, f"/automacao/sagas/{answer.json()['id']}")
    assert (answer.json()["estado"], answer.json()["passos"]) == ("executando", [])

    motor.executar(answer.json()["id"])
    saga = api().get(answer["Location"]).json()
    assert (saga["estado"], saga["erro"], saga["passo_atual"]) == ("concluida", "", "")
    assert [(passo["passo"], passo["estado"]) for passo in saga["passos"]] == [
        ("lead", "concluido"),
        ("procurar_empresa", "concluido"),
        ("empresa", "concluido"),
        ("oportunidade", "concluido"),
        ("tarefa", "concluido"),
        ("converter", "concluido"),
        ("vincular", "concluido"),
    ]
    assert saga["passos"][3]["saida"] == {"id": servicos.leads[lead]["oportunidade_id"], "codigo": "OP-2026-00001"}
    assert [(item["acao"], item["ok"]) for item in saga["passos"][3]["respostas"]] == [("executar", True)]
    assert {call.headers["Idempotency-Key"] for call in servicos.chamadas if call.method == "POST"} == {
        f"{saga['id']}:{passo}:1" for passo in ("empresa", "oportunidade", "tarefa", "converter", "vincular")
    }
    contados = [evento for evento in published() if evento.agregado == "automacao.saga"]
    assert [evento.tipo.split(".")[2] for evento in contados] == ["iniciada", "concluida"]
    assert {call.headers["X-Causa"] for call in servicos.chamadas} == {str(contados[0].pk), saga["causa"]}
    assert {trace_id_of(call.headers["traceparent"]) for call in servicos.chamadas} == {saga["rastro"]}
    tudo_esta_feito(servicos, Saga.objects.get())
    [oportunidade] = servicos.vendas.values()
    assert {campo: oportunidade[campo] for campo in ("titulo", "valor", "origem", "responsavel_id")} == {
        "titulo": "Padaria Sol",
        "valor": "1500.00",
        "origem": "site",
        "responsavel_id": str(ana.id),
    }
    [tarefa] = servicos.tarefas.values()
    assert (tarefa["titulo"], tarefa["tipo"], tarefa["prazo_dias_uteis"]) == ("Dar seguimento: Padaria Sol", "ligacao", 2)


def test_everything_can_be_said(iniciar, servicos):
    tarefa = {"titulo": "Visitar", "tipo": "visita", "prioridade": "alta", "prazo_dias_uteis": 5}
    funil = "018f0000-0000-7000-8000-000000000001"
    corpo = {"titulo": "Cinco fornos", "valor": "99.90", "funil_id": funil, "fechamento_previsto": "2026-12-24", "tarefa": tarefa}
    assert levar(iniciar(**corpo, empresa_nome="Sol Nascente", cnpj="12.ABC.345/01DE-35")).estado == "concluida"
    [oportunidade], [feita], [empresa] = servicos.vendas.values(), servicos.tarefas.values(), servicos.empresas.values()
    assert (oportunidade["titulo"], oportunidade["valor"], oportunidade["funil_id"]) == ("Cinco fornos", "99.90", funil)
    assert oportunidade["fechamento_previsto"] == "2026-12-24"
    assert (empresa["nome_fantasia"], empresa["cnpj"]) == ("Sol Nascente", "12ABC34501DE35")
    assert {campo: feita[campo] for campo in tarefa} == tarefa


@pytest.mark.parametrize(("atribui", "dono"), [(True, "bruno"), (False, "ana")])
def test_records_fall_to_the_leads_owner_where_the_starter_may_assign(api, servicos, ana, bruno, atribui, dono):
    lead = servicos.novo_lead(responsavel_id=str(bruno.id))
    atribuir = ["vendas:atribuir", "tarefas:atribuir", "empresas:atribuir"] if atribui else []
    pk = api("automacao:ler", "leads:editar", "vendas:criar", "tarefas:criar", *atribuir).post(INICIO, {"lead_id": lead}).json()["id"]
    motor.executar(pk)
    esperado = {"ana": ana, "bruno": bruno}[dono]
    feitos = [*servicos.vendas.values(), *servicos.tarefas.values(), *servicos.empresas.values()]
    assert {feito["responsavel_id"] for feito in feitos} == {str(esperado.id)}


def test_a_lead_without_company_makes_none(iniciar, servicos):
    saga = levar(iniciar(servicos.novo_lead(empresa_nome="")))
    assert saga.estado == "concluida"
    assert servicos.criados == {"empresas": 0, "vendas": 1, "tarefas": 1, "vinculos": 0}
    assert dict(saga.passos.values_list("passo", "estado"))["empresa"] == "dispensado"
    assert next(iter(servicos.vendas.values()))["titulo"] == "Fornos"


@pytest.mark.parametrize("nome", ["PADARIA SOL", "Padaria  Sol", "padaría sol"])
def test_the_company_of_that_name_is_used(iniciar, servicos, nome):
    existente = servicos.nova_empresa("Padaria Sol")
    servicos.nova_empresa("Padaria Sol Nascente")
    assert levar(iniciar(servicos.novo_lead(empresa_nome=nome))).estado == "concluida"
    assert [linha["empresa_id"] for linha in servicos.vendas.values()] == [existente]
    assert len(servicos.empresas) == 2


def test_one_of_two_companies_of_that_name_is_for_the_person_to_choose(iniciar, servicos):
    escolhida, _ = servicos.nova_empresa("Padaria Sol"), servicos.nova_empresa("padaria sol")
    lead = servicos.novo_lead()
    saga = levar(iniciar(lead))
    assert (saga.estado, saga.erro, servicos.vendas, servicos.leads[lead]["status"]) == ("compensada", "empresa_ambigua", {}, "qualificado")
    assert levar(iniciar(lead, empresa_id=escolhida)).estado == "concluida"
    assert [linha["empresa_id"] for linha in servicos.vendas.values()] == [escolhida]


def test_the_company_with_that_cnpj_is_used(iniciar, servicos):
    existente = servicos.nova_empresa("Outro nome", cnpj="12ABC34501DE35")
    assert levar(iniciar(cnpj="12ABC34501DE35")).estado == "concluida"
    assert [linha["empresa_id"] for linha in servicos.vendas.values()] == [existente]


@pytest.mark.parametrize("nome", ["X", "\u200b", "¿?", "'; --"])
def test_odd_names_are_searched_for_or_simply_created(iniciar, servicos, nome):
    assert levar(iniciar(servicos.novo_lead(empresa_nome=nome))).estado == "concluida"


@pytest.mark.parametrize(
    ("campos", "erro"),
    [({"status": "novo"}, "lead_nao_qualificado"), ({"status": "convertido"}, "lead_nao_qualificado")],
)
def test_only_a_qualified_lead_is_converted(iniciar, servicos, campos, erro):
    saga = levar(iniciar(servicos.novo_lead(**campos)))
    assert (saga.estado, saga.erro) == ("compensada", erro)
    assert not [call for call in servicos.chamadas if call.method != "GET"]


def test_a_lead_that_is_not_there_leaves_nothing(iniciar, servicos):
    servicos.novo_lead()
    saga = levar(iniciar("018f0000-0000-7000-8000-0000000000ff"))
    assert (saga.estado, saga.erro) == ("compensada", "nao_encontrado")
    nada_ficou(servicos, saga)


def test_who_may_not_change_the_person_converts_all_the_same(iniciar, servicos):
    servicos.defeitos.append(Defeito("POST /clientes/[^/]+/empresas", Reply(403, {"codigo": "escopo_ausente"})))
    saga = levar(iniciar())
    assert (saga.estado, saga.erro) == ("concluida", "")
    vincular = saga.passos.get(passo="vincular")
    assert (vincular.estado, vincular.erro_codigo) == ("falhou", "escopo_ausente")


def test_forward_for_the_starter_and_back_on_our_own_account(iniciar, servicos, ana, monkeypatch):
    obos = []
    real = servicos._ficha
    monkeypatch.setattr(type(servicos), "_ficha", lambda self, call: obos.append(call.body.get("obo")) or real(call))
    servicos.defeitos.append(Defeito("POST /tarefas", Reply(403, {"codigo": "escopo_ausente"})))
    nada_ficou(servicos, levar(iniciar()))
    assert set(obos) == {str(ana.id), None}
    assert obos.index(None) > obos.index(str(ana.id))


@pytest.mark.parametrize("depois_de", range(1, 6))
def test_who_leaves_in_the_middle_leaves_nothing_behind(iniciar, servicos, ana, depois_de):
    def sair(_call):
        if len(servicos.chamadas) == depois_de:
            servicos.inativos.add(str(ana.id))

    servicos.ao_chamar, servicos.validade = sair, 15
    saga = levar(iniciar())
    assert (saga.estado, saga.erro) == ("compensada", "obo_inativo")
    nada_ficou(servicos, saga)


def test_leads_of_one_company_share_it(iniciar, servicos):
    """The second waits for the first, which may still undo the company."""
    primeira, segunda = iniciar(), iniciar(servicos.novo_lead())
    servicos.defeitos.append(Defeito("POST /vendas", Reply(503), vezes=1))
    motor.executar(primeira.pk)
    motor.executar(segunda.pk)
    segunda.refresh_from_db()
    assert (segunda.estado, segunda.erro, segunda.passo_atual) == ("executando", "aguardando_outra_saga", "procurar_empresa")
    assert [levar(saga).estado for saga in (primeira, segunda)] == ["concluida", "concluida"]
    assert servicos.criados["empresas"] == 1


@pytest.mark.parametrize(
    ("corpo", "campo"),
    [
        ({}, "lead_id"),
        ({"lead_id": "x"}, "lead_id"),
        ({"valor": "-1"}, "valor"),
        ({"cnpj": "1"}, "cnpj"),
        ({"tarefa": {"tipo": "x"}}, "tarefa.tipo"),
        ({"tarefa": {"x": 1}}, "tarefa.x"),
        ({"empresa_id": "018f0000-0000-7000-8000-000000000001", "cnpj": "12.ABC.345/01DE-35"}, "empresa_id"),
        ({"titulo": "x" * 201}, "titulo"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(api, servicos, corpo, campo):
    padrao = {"lead_id": servicos.novo_lead()} if corpo else {}
    problem = assert_problem(api().post(INICIO, {**padrao, **corpo}), 400)
    assert campo in {erro["campo"] for erro in problem["erros"]}
