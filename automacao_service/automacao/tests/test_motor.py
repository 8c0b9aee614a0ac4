"""Carrying out runs against an auth and a tarefas that verify and count: results, failures, and death at every point."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from automacao import conducao, motor, tasks
from automacao.models import Execucao
from crm_shared.jobs.rows import claim, take_back
from crm_shared.observability.context import trace_id_of
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.http_server import Reply

from .conftest import CRIADO, LIGAR

pytestmark = pytest.mark.django_db

AGUARDAR = {"tipo": "aguardar", "parametros": {"dias": 3}}


@pytest.fixture
def disparar(deliver, cliente, publicado, novo, mundo):
    """`disparar(passos)` publishes a flow of those steps and answers the run that one new client starts."""

    def start(*passos, **valores):
        publicado({**novo, "gatilho": {"evento": CRIADO, "condicoes": []}, "passos": list(passos) or [LIGAR]})
        deliver(cliente(**valores), uuid7())
        return Execucao.objects.get()

    return start


def executar(execucao):
    motor.executar(execucao.pk)
    execucao.refresh_from_db()
    return execucao


def test_it_works(api, disparar, mundo, ana, bruno, published):
    execucao = executar(disparar())
    [call] = mundo.chamadas
    assert (execucao.estado, execucao.passo_atual, execucao.erro) == ("concluida", "", "")
    assert call.body == {
        "titulo": "Ligar para Zé",
        "tipo": "ligacao",
        "prioridade": "normal",
        "prazo_dias_uteis": 2,
        "responsavel_id": str(bruno.id),
        "vinculos": [{"recurso": "clientes.cliente", "id": str(execucao.alvo_id)}],
    }
    assert mundo.obos == [str(ana.id)]
    assert call.headers["Idempotency-Key"] == f"{execucao.pk}:1"
    assert (trace_id_of(call.headers["traceparent"]), call.headers["X-Causa"]) == (execucao.rastro, str(execucao.evento_id))
    [passo] = api().get(f"/automacao/execucoes/{execucao.pk}").json()["passos"]
    [(_, tarefa)] = mundo.tarefas.values()
    assert (passo["estado"], passo["tentativa"], passo["saida"]) == ("concluido", 1, {"tarefa_id": tarefa})
    contados = [evento for evento in published() if evento.agregado == "automacao.execucao"]
    assert [evento.tipo.split(".")[2] for evento in contados] == ["iniciada", "concluida"]
    assert {evento.causa for evento in contados} == {str(execucao.evento_id)}
    assert {evento.rastro for evento in contados} == {execucao.rastro}
    assert {evento.ator for evento in contados} == {"svc:automacao"}
    assert contados[0].versao < contados[1].versao


def test_a_finished_run_is_not_run_again(disparar, mundo):
    execucao = executar(disparar())
    executar(execucao)
    assert len(mundo.chamadas) == 1


def test_a_record_without_owner_falls_to_the_flows(disparar, mundo, ana):
    executar(disparar(responsavel_id=None))
    assert mundo.chamadas[0].body["responsavel_id"] == str(ana.id)


def test_a_named_user_gets_the_task(disparar, mundo, carla):
    executar(disparar({**LIGAR, "parametros": {**LIGAR["parametros"], "para": str(carla.id)}}))
    assert mundo.chamadas[0].body["responsavel_id"] == str(carla.id)


def test_a_wait_is_a_row_with_its_time(api, disparar, mundo):
    execucao = disparar(AGUARDAR, LIGAR)
    inicio = timezone.now()
    with time_machine.travel(inicio, tick=True):
        executar(execucao)
        assert execucao.estado == "aguardando"
        assert timedelta(days=3) - timedelta(minutes=1) < execucao.proxima_em - inicio <= timedelta(days=3, minutes=1)
        executar(execucao)
        assert execucao.estado == "aguardando"
    with time_machine.travel(inicio + timedelta(days=3, minutes=2), tick=True):
        executar(execucao)
    assert execucao.estado == "concluida"
    passos = api().get(f"/automacao/execucoes/{execucao.pk}").json()["passos"]
    assert [(passo["tipo"], passo["estado"]) for passo in passos] == [("aguardar", "concluido"), ("criar_tarefa", "concluido")]


def test_a_refusal_ends_the_run_and_says_why(disparar, mundo, published):
    mundo.resposta = Reply(400, {"codigo": "dados_invalidos", "erros": [{"campo": "titulo", "codigo": "muito_longo"}]})
    execucao = executar(disparar())
    assert (execucao.estado, execucao.erro) == ("falhou", "dados_invalidos")
    assert "titulo: muito_longo" in execucao.erro_detalhe
    assert [evento.dados["erro"] for evento in published("automacao.execucao.falhou.v1")] == ["dados_invalidos"]


@pytest.mark.parametrize("problema", [Reply(503), Reply(500, {}), Reply(429, headers={"Retry-After": "60"}), Reply(cut=True)])
def test_a_passing_trouble_waits_for_another_try(disparar, mundo, problema):
    mundo.resposta = problema
    execucao = executar(disparar())
    assert (execucao.estado, execucao.terminada_em) == ("na_fila", None)
    assert execucao.proxima_em > timezone.now()
    mundo.resposta = None
    Execucao.objects.update(proxima_em=timezone.now())
    assert (executar(execucao).estado, execucao.erro) == ("concluida", "")
    assert len(mundo.tarefas) == 1


def test_trouble_that_does_not_pass_ends_the_run(disparar, mundo, monkeypatch):
    monkeypatch.setattr("crm_shared.client._PAUSES", ())
    mundo.resposta = Reply(503)
    execucao = disparar()
    for _ in range(motor.MAX_TENTATIVAS):
        Execucao.objects.update(proxima_em=timezone.now())
        executar(execucao)
    assert (execucao.estado, execucao.erro) == ("falhou", "servico_indisponivel")
    assert sum(motor.ESPERAS) < 20 * 3600


def test_an_error_of_ours_is_told_without_its_text(disparar, mundo, monkeypatch):
    monkeypatch.setitem(motor.PASSOS, "criar_tarefa", lambda trabalho: 1 / 0)
    execucao = executar(disparar())
    assert (execucao.estado, execucao.erro, execucao.erro_detalhe) == ("na_fila", "erro_interno", "ZeroDivisionError")


def test_a_failed_run_goes_on_from_where_it_failed(api, disparar, mundo):
    mundo.resposta = lambda vez: Reply(422, {"codigo": "nao_agora"}) if vez == 2 else None
    segundo = {**LIGAR, "parametros": {**LIGAR["parametros"], "titulo": "Depois"}}
    execucao = executar(disparar(LIGAR, segundo))
    assert (execucao.estado, execucao.passo_atual) == ("falhou", "2")
    assert api().post(f"/automacao/execucoes/{execucao.pk}/repetir").json()["estado"] == "na_fila"
    assert executar(execucao).estado == "concluida"
    assert [call.body["titulo"] for call in mundo.chamadas] == ["Ligar para Zé", "Depois", "Depois"]
    assert_problem(api().post(f"/automacao/execucoes/{execucao.pk}/repetir"), 409)
    assert_problem(api().post(f"/automacao/execucoes/{execucao.pk}/cancelar"), 409)


def test_a_cancelled_run_does_nothing_more(api, disparar, mundo):
    execucao = disparar()
    assert api().post(f"/automacao/execucoes/{execucao.pk}/cancelar").json()["estado"] == "cancelada"
    executar(execucao)
    assert not mundo.chamadas


class Morte(BaseException):
    """kill -9, as seen from inside."""


def _morrer(*_):
    raise Morte


PONTOS = ["claim", "_comecar", "_dar_o_passo", "_avancar", "_esperar"]


@pytest.mark.parametrize("depois", [False, True])
@pytest.mark.parametrize("ponto", PONTOS)
@pytest.mark.parametrize("vez", [1, 2, 3])
def test_death_at_any_point_leaves_each_task_once(disparar, mundo, monkeypatch, ponto, depois, vez):
    """The worker dies before or after the n-th pass of each point; others take over until the run is through."""
    esperado = {**LIGAR, "parametros": {**LIGAR["parametros"], "titulo": "Depois"}}
    execucao = disparar(LIGAR, {"tipo": "aguardar", "parametros": {"minutos": 1}}, esperado)
    modulo = conducao if ponto == "claim" else motor
    real, passagens = getattr(modulo, ponto), []

    def mortal(*args):
        passagens.append(1)
        if len(passagens) == vez and not depois:
            raise Morte
        result = real(*args)
        if len(passagens) == vez and depois:
            raise Morte
        return result

    monkeypatch.setattr(modulo, ponto, mortal)
    agora = timezone.now()
    for volta in range(12):
        with time_machine.travel(agora + timedelta(minutes=2 * volta), tick=True):
            take_back(Execucao)
            try:
                executar(execucao)
            except Morte:
                continue
    assert execucao.estado == "concluida"
    assert sorted(corpo["titulo"] for corpo, _ in mundo.tarefas.values()) == ["Depois", "Ligar para Zé"]
    assert [passo.estado for passo in execucao.passos.order_by("ordem")] == ["concluido"] * 3


def test_a_step_that_kills_every_worker_is_given_up(disparar, mundo, monkeypatch):
    execucao = disparar()
    monkeypatch.setitem(motor.PASSOS, "criar_tarefa", _morrer)
    agora = timezone.now()
    for volta in range(motor.MAX_TENTATIVAS + 2):
        with time_machine.travel(agora + timedelta(minutes=2 * volta)):
            take_back(Execucao)
            try:
                executar(execucao)
            except Morte:
                continue
    assert (execucao.estado, execucao.erro) == ("falhou", "tentativas_esgotadas")


def test_a_worker_that_slept_past_its_lease_writes_nothing(disparar, mundo, monkeypatch):
    """Its HTTP call returns after another has taken the run over, which finished it with the same task."""
    execucao, real, vezes = disparar(), motor.PASSOS["criar_tarefa"], []

    def lento(trabalho):
        feito = real(trabalho)
        vezes.append(1)
        if len(vezes) == 1:
            Execucao.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
            take_back(Execucao)
            motor.executar(execucao.pk)
        return feito

    monkeypatch.setitem(motor.PASSOS, "criar_tarefa", lento)
    executar(execucao)
    assert execucao.estado == "concluida"
    assert len(mundo.tarefas) == 1
    assert execucao.passos.get().tentativa == 2


def test_a_worker_that_wakes_while_another_works_leaves_it_alone(disparar, mundo, monkeypatch):
    execucao, real = disparar(), motor.PASSOS["criar_tarefa"]

    def lento(trabalho):
        feito = real(trabalho)
        Execucao.objects.update(arrendada_ate=timezone.now() - timedelta(seconds=1))
        take_back(Execucao)
        assert claim(Execucao, execucao.pk, timedelta(minutes=1))
        return feito

    monkeypatch.setitem(motor.PASSOS, "criar_tarefa", lento)
    executar(execucao)
    assert (execucao.estado, execucao.vez, execucao.passos.get().estado) == ("executando", 2, "executando")


def test_a_run_cancelled_during_a_step_takes_no_other(api, disparar, mundo):
    execucao = disparar(LIGAR, LIGAR)
    real = motor.PASSOS["criar_tarefa"]

    def cancelado_enquanto(trabalho):
        feito = real(trabalho)
        assert api().post(f"/automacao/execucoes/{execucao.pk}/cancelar").status_code == 200
        return feito

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(motor.PASSOS, "criar_tarefa", cancelado_enquanto)
        executar(execucao)
    assert (execucao.estado, len(mundo.chamadas)) == ("cancelada", 1)
    api().post(f"/automacao/execucoes/{execucao.pk}/repetir")
    assert executar(execucao).estado == "concluida"
    assert len(mundo.tarefas) == 2


def test_the_sweep_enqueues_what_is_due_and_only_that(disparar, mundo, monkeypatch):
    enviadas = []
    monkeypatch.setattr(tasks, "enfileirar", lambda execucao: enviadas.append(execucao.pk) or True)
    execucao = disparar()
    assert tasks.varrer() == 0  # its message went out with the commit
    Execucao.objects.update(enfileirada_em=timezone.now() - timedelta(seconds=31))
    assert (tasks.varrer(), tasks.varrer(), enviadas) == (1, 0, [execucao.pk])
    Execucao.objects.update(enfileirada_em=None, proxima_em=timezone.now() + timedelta(hours=1))
    assert tasks.varrer() == 0


def test_the_queue_being_out_costs_nothing_but_time(disparar, mundo, monkeypatch):
    execucao = disparar()
    Execucao.objects.update(enfileirada_em=None)
    monkeypatch.setattr(tasks, "enfileirar", lambda execucao: False)
    assert tasks.varrer() == 0
    assert executar(execucao).estado == "concluida"


def test_old_ignored_runs_are_forgotten_and_others_kept(disparar, mundo):
    execucao = disparar()
    Execucao.objects.update(criado_em=timezone.now() - timedelta(days=31))
    tasks.esquecer_antigas()
    assert Execucao.objects.filter(pk=execucao.pk).exists()
    Execucao.objects.update(estado="ignorada", motivo="filtro")
    tasks.esquecer_antigas()
    assert not Execucao.objects.exists()
