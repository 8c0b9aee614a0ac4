"""Every step with every fault: it ends complete or leaves nothing, also when what was lost arrives after all."""

import pytest

from automacao.sagas import motor
from automacao.sagas.registro import atual
from crm_shared.testing.http_server import Reply

from .conftest import dar_a_vez, levar, nada_ficou, tudo_esta_feito, tudo_ou_nada
from .servicos import Defeito

pytestmark = pytest.mark.django_db

LEITURAS = {"lead": "GET /clientes/leads/.*", "procurar_empresa": "GET /empresas"}
ESCRITAS = {
    "empresa": "POST /empresas",
    "oportunidade": "POST /vendas",
    "tarefa": "POST /tarefas",
    "converter": "POST /clientes/leads/.*/converter",
}
OPCIONAL = {"vincular": "POST /clientes/[^/]+/empresas"}
DESFAZER = {"empresa": "DELETE /empresas/.*", "oportunidade": "DELETE /vendas/.*", "tarefa": "DELETE /tarefas/.*"}
R4XX, R5XX = Reply(422, {"codigo": "regra_recusa"}), Reply(503)
DEFEITOS = {"4xx": R4XX, "5xx": R5XX, "sem_resposta": "tarde", "resposta_perdida": "perdida"}


@pytest.mark.parametrize("vezes", [1, 1000])
@pytest.mark.parametrize("defeito", DEFEITOS)
@pytest.mark.parametrize("passo", [*LEITURAS, *ESCRITAS])
def test_it_ends_complete_or_leaves_nothing(iniciar, servicos, passo, defeito, vezes):
    servicos.defeitos.append(Defeito({**LEITURAS, **ESCRITAS}[passo], DEFEITOS[defeito], vezes))
    saga = levar(iniciar())
    definitiva = defeito == "4xx" or vezes > 1
    perdida_no_pivo = passo == "converter" and defeito == "resposta_perdida"
    assert saga.estado == ("compensada" if definitiva and not perdida_no_pivo else "concluida")
    tudo_ou_nada(servicos, saga)
    if passo in ESCRITAS:
        respostas = servicos.chegar()
        assert (defeito != "sem_resposta") or respostas
        tudo_ou_nada(servicos, saga)


@pytest.mark.parametrize("defeito", DEFEITOS)
def test_after_the_pivot_it_only_goes_forward(iniciar, servicos, defeito):
    servicos.defeitos.append(Defeito(OPCIONAL["vincular"], DEFEITOS[defeito]))
    saga = levar(iniciar())
    assert saga.estado == "concluida"
    assert saga.passos.get(passo="vincular").estado == "falhou"
    assert next(iter(servicos.leads.values()))["status"] == "convertido"


def test_real_slowness_is_a_timeout_and_what_it_did_late_is_undone(iniciar, servicos, monkeypatch):
    """The service answers, and only after that does the effect count: nobody waits for it any more."""
    monkeypatch.setattr("crm_shared.client.READ_TIMEOUT", 0.2)
    lenta = Reply(201, {"id": "x", "codigo": "y"}, delay=0.6)
    servicos.defeitos.append(Defeito(ESCRITAS["oportunidade"], lenta))
    saga = levar(iniciar())
    assert (saga.estado, saga.erro) == ("compensada", "servico_indisponivel")
    nada_ficou(servicos, saga)


@pytest.mark.parametrize("passo", ESCRITAS)
def test_what_arrives_after_the_end_finds_its_key_withdrawn(iniciar, servicos, passo):
    servicos.defeitos.append(Defeito(ESCRITAS[passo], "tarde"))
    saga = levar(iniciar())
    assert saga.estado == "compensada"
    respostas = servicos.chegar()
    assert {(resposta.status, resposta.body["codigo"]) for resposta in respostas} == {(409, "idempotencia_cancelada")}
    nada_ficou(servicos, saga)


def test_an_answer_lost_at_the_pivot_is_no_reason_to_go_back(iniciar, servicos, published):
    servicos.defeitos.append(Defeito(ESCRITAS["converter"], "perdida"))
    saga = levar(iniciar())
    tudo_esta_feito(servicos, saga)
    contados = [evento.tipo.split(".")[2] for evento in published() if evento.agregado == "automacao.saga"]
    assert contados == ["iniciada", "interrompida", "retomada", "concluida"]


@pytest.mark.parametrize("defeito", [R4XX, R5XX, "tarde", "perdida"])
@pytest.mark.parametrize("passo", DESFAZER)
def test_undoing_that_fails_ten_times_goes_on_until_it_is_done(api, iniciar, servicos, passo, defeito):
    servicos.defeitos += [Defeito(ESCRITAS["converter"], R4XX), Defeito(DESFAZER[passo], defeito, 10)]
    saga = levar(iniciar(), voltas=3)
    if defeito != "perdida":  # that did delete
        assert saga.estado == "compensando"
        visto = api().get(f"/automacao/sagas/{saga.pk}").json()
        assert (visto["estado"], visto["erro"], visto["passo_atual"]) == ("compensando", "regra_recusa", passo)
    levar(saga)
    assert (saga.estado, saga.erro) == ("compensada", "regra_recusa")
    nada_ficou(servicos, saga)


@pytest.mark.parametrize("defeito", [R4XX, R5XX, "perdida"])
def test_withdrawing_that_fails_is_tried_until_it_is_done(iniciar, servicos, defeito):
    servicos.defeitos += [Defeito(ESCRITAS["tarefa"], "perdida"), Defeito(ESCRITAS["tarefa"], defeito, 10, cancelamento=True)]
    saga = levar(iniciar(), voltas=30)
    assert saga.estado == "compensada"
    nada_ficou(servicos, saga)


def test_what_others_deleted_meanwhile_is_undone_already(iniciar, servicos):
    servicos.defeitos.append(Defeito(ESCRITAS["converter"], R4XX))
    servicos.ao_chamar = lambda call: servicos.vendas.clear() if call.path.endswith("/converter") else None
    saga = levar(iniciar())
    assert saga.estado == "compensada"
    nada_ficou(servicos, saga)


def test_waits_are_rows_with_a_due_time_and_end(iniciar, servicos):
    """Without help: the tries of a step and their waits are bounded, so a saga goes back after two minutes at most."""
    servicos.defeitos.append(Defeito(ESCRITAS["oportunidade"], R5XX))
    saga, esperas = iniciar(), []
    while saga.estado == "executando":
        dar_a_vez()
        antes = saga.atualizado_em
        motor.executar(saga.pk)
        saga.refresh_from_db()
        if saga.estado == "executando":
            assert saga.arrendada_ate is None
            esperas.append(round((saga.proxima_em - saga.atualizado_em).total_seconds()))
        assert saga.atualizado_em > antes
    assert esperas == [1, 2, 5, 15, 30]
    assert all(passo.tentativas <= len(motor.ESPERAS) for passo in atual("converter-lead").passos)
