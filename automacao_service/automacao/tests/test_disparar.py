"""From an event to runs, and why not."""

from dataclasses import fields
from uuid import uuid4

import pytest

from automacao.models import CadeiaCausal, Execucao
from crm_shared.events.contracts import clientes, tarefas
from crm_shared.records.models import uuid7

from .conftest import CRIADO

pytestmark = pytest.mark.django_db


def uma(**filtros):
    return Execucao.objects.get(**filtros)


def test_an_event_becomes_one_run_of_each_flow_in_force(deliver, cliente, fluxo, publicado, novo, ana):
    publicado({**novo, "nome": "Outro"})
    pk = uuid7()
    envelope = deliver(cliente(), pk)
    assert Execucao.objects.count() == 2
    execucao = uma(fluxo_id=fluxo["id"])
    assert (execucao.estado, execucao.passo_atual, execucao.profundidade) == ("na_fila", "1", 1)
    assert (execucao.alvo_recurso, execucao.alvo_id, str(execucao.dono_id)) == ("clientes.cliente", pk, str(ana.id))
    assert (execucao.rastro, execucao.causa) == (envelope["rastro"], envelope["id"])


def test_the_same_event_three_times_is_one_run(deliver, cliente, fluxo):
    pk, event = uuid7(), uuid7()
    for _ in range(3):
        deliver(cliente(), pk, id=event)
    assert Execucao.objects.count() == 1


def test_the_run_is_one_even_when_the_inbox_has_forgotten(deliver, cliente, fluxo):
    from crm_shared.events.models import MensagemRecebida

    pk, event = uuid7(), uuid7()
    for _ in range(2):
        deliver(cliente(), pk, id=event)
        MensagemRecebida.objects.all().delete()
    assert Execucao.objects.count() == 1


def test_what_is_told_again_to_mend_copies_starts_nothing(deliver, cliente, fluxo):
    deliver(cliente(), uuid7(), recontado=True)
    assert not Execucao.objects.exists()


def test_order_does_not_matter_to_who_starts(deliver, cliente, fluxo):
    pk = uuid7()
    deliver(cliente(clientes.ClienteAtualizado), pk, versao=2)
    deliver(cliente(), pk, versao=1)
    assert uma().evento_tipo == CRIADO


def test_only_personal_values_that_a_step_cites_are_kept(deliver, cliente, fluxo):
    deliver(cliente(cpf="52998224725"), uuid7())
    contexto = uma().contexto
    assert contexto["pessoais"] == {"nome": "Zé"}
    assert "52998224725" not in str(contexto)
    assert contexto["dados"]["origem"] == "site"


def test_a_condition_that_fails_is_kept_as_the_reason(api, deliver, cliente, fluxo):
    deliver(cliente(origem="evento"), uuid7())
    [execucao] = api().get("/automacao/execucoes", {"estado": "ignorada", "motivo": "filtro"}).json()["resultados"]
    detalhe = api().get(f"/automacao/execucoes/{execucao['id']}").json()
    assert detalhe["contexto"]["condicao"] == {"campo": "origem", "operador": "igual", "valor": "site", "atual": "evento"}


def test_the_reason_does_not_tell_personal_values(deliver, cliente, publicado, novo):
    publicado({**novo, "gatilho": {"evento": CRIADO, "condicoes": [{"campo": "nome", "operador": "igual", "valor": "Ana"}]}})
    deliver(cliente(nome="Segredo"), uuid7())
    assert "Segredo" not in str(uma().contexto)


@pytest.mark.parametrize("estado", ["rascunho", "pausado", "arquivado", "excluido", "outro evento"])
def test_nothing_starts_unless_the_flow_is_in_force_for_that_event(api, deliver, cliente, publicado, novo, estado):
    if estado == "rascunho":
        api().post("/automacao", novo)
    else:
        url = f"/automacao/{publicado(novo)['id']}"
        acoes = {"pausado": "pausar", "arquivado": "arquivar"}
        if estado in acoes:
            assert api().post(f"{url}/{acoes[estado]}").status_code == 200
        elif estado == "excluido":
            api().delete(url)
    deliver(cliente(clientes.ClienteAtualizado if estado == "outro evento" else clientes.ClienteCriado), uuid7())
    assert not Execucao.objects.exists()


def test_what_runs_is_the_published_version(api, deliver, cliente, fluxo, novo):
    api().patch(f"/automacao/{fluxo['id']}", {"gatilho": {"evento": CRIADO, "condicoes": []}})
    deliver(cliente(origem="evento"), uuid7())
    assert uma().estado == "ignorada"
    api().post(f"/automacao/{fluxo['id']}/publicar")
    deliver(cliente(origem="evento"), uuid7())
    assert uma(estado="na_fila").versao_fluxo.numero == 2


def test_a_flow_that_feeds_itself_stops_at_the_eighth_turn(deliver, cliente, publicado, novo):
    """Each event is caused by the last run's effect, also where other services' reactions lie in between."""
    publicado({**novo, "gatilho": {"evento": CRIADO, "condicoes": []}})
    causa = ""
    for _ in range(12):
        criado = deliver(cliente(), uuid7(), causa=causa)
        causa = deliver(cliente(clientes.ClienteAtualizado), uuid7(), causa=criado["id"])["id"]
    estados = list(Execucao.objects.order_by("id").values_list("estado", "motivo"))
    assert estados == [("na_fila", "")] * 8 + [("ignorada", "laco")] * 4


def test_events_that_no_run_led_to_leave_no_trace_of_depth(deliver, cliente, fluxo):
    first = deliver(cliente(origem="evento"), uuid7())
    deliver(cliente(clientes.ClienteAtualizado), uuid7(), causa=first["id"])
    assert not CadeiaCausal.objects.exists()


def test_breadth_is_no_depth(deliver, cliente, fluxo):
    """An import of many people in one trace starts the flow once for each."""
    origem = str(uuid7())
    for _ in range(12):
        deliver(cliente(), uuid7(), causa=origem)
    assert Execucao.objects.filter(estado="na_fila").count() == 12


def test_names_are_still_learnt(deliver):
    from crm_shared.events.contracts import auth
    from crm_shared.records.references import Referencia

    pk = uuid4()
    deliver(auth.UsuarioCriado(nome="Bia", email="b@x.br", equipe_id=None, papel="vendedor", ativo=True), pk)
    assert Referencia.objects.get(pk=pk).nome == "Bia"


def test_an_event_without_listeners_costs_little(deliver, cliente, fluxo, queries):
    evento = tarefas.TarefaCriada
    campos = dict.fromkeys(campo.name for campo in fields(evento)) | {"titulo": "x", "vinculos": []}
    with queries(8):
        deliver(evento(**campos), uuid7())


@pytest.mark.parametrize(
    ("q", "estado"),
    [
        ("origem:site", "na_fila"),
        ("origem:evento or ciclo_vida:lead", "na_fila"),
        ("origem:site -equipe_id:vazio", "na_fila"),
        ("origem:site ciclo_vida:cliente", "ignorada"),
        ("-origem:site", "ignorada"),
        ('ator:"svc:importador"', "ignorada"),
    ],
)
def test_an_expression_decides_beside_the_conditions(deliver, cliente, publicado, novo, q, estado):
    publicado({**novo, "gatilho": {**novo["gatilho"], "q": q}})
    deliver(cliente(), uuid7())
    assert uma().estado == estado
    assert uma().motivo == ("filtro" if estado == "ignorada" else "")


def test_the_part_of_an_expression_that_failed_is_the_reason(api, deliver, cliente, publicado, novo):
    publicado({**novo, "gatilho": {"evento": CRIADO, "q": "origem:site ciclo_vida:cliente,inativo"}})
    deliver(cliente(), uuid7())
    filtro = api().get(f"/automacao/execucoes/{uma().pk}").json()["contexto"]["filtro"]
    assert filtro["parte"] == {"campo": "ciclo_vida", "op": "em", "valor": ["cliente", "inativo"]}
    assert filtro["atual"] == {"ciclo_vida": "lead"}


def test_the_reason_of_an_expression_tells_no_personal_values(deliver, cliente, publicado, novo):
    publicado({**novo, "gatilho": {"evento": CRIADO, "q": "nome:ana or origem:evento"}})
    deliver(cliente(nome="Segredo"), uuid7())
    assert uma().contexto["filtro"]["atual"] == {"origem": "site"}
    assert "Segredo" not in str(uma().contexto)
