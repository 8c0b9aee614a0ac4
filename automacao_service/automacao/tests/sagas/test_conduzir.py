"""What people see of sagas and do with them: one per target, start, repeat, cancel, and who may."""

from collections import Counter

import pytest

from automacao.models import PassoSaga, Saga
from automacao.sagas import motor
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.http_server import Reply

from .conftest import INICIO, dar_a_vez, levar, nada_ficou, tudo_esta_feito
from .servicos import Defeito

pytestmark = pytest.mark.django_db

RECUSA = Reply(422, {"codigo": "regra_recusa"})


def mudar(client, saga, verbo):
    return client.post(f"/automacao/sagas/{saga.pk}/{verbo}")


def test_a_second_one_on_the_same_lead_is_told_of_the_first(api, iniciar, servicos):
    lead = servicos.novo_lead()
    saga = iniciar(lead)
    problem = assert_problem(api().post(INICIO, {"lead_id": lead}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("saga_em_andamento", str(saga.pk))
    levar(saga)
    problem = assert_problem(api().post(INICIO, {"lead_id": lead}), 409)
    assert (problem["codigo"], problem["registro_id"]) == ("saga_ja_concluida", str(saga.pk))
    assert Saga.objects.count() == 1


def test_after_one_that_was_undone_another_may_begin(api, iniciar, servicos):
    lead = servicos.novo_lead()
    servicos.defeitos.append(Defeito("POST /vendas", RECUSA, vezes=1))
    assert levar(iniciar(lead)).estado == "compensada"
    saga = levar(iniciar(lead))
    tudo_esta_feito(servicos, saga)


def test_the_same_key_starts_one(api, servicos):
    corpo, chave = {"lead_id": servicos.novo_lead()}, {"Idempotency-Key": "um"}
    answers = [api().post(INICIO, corpo, headers=chave) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert answers[1]["Idempotency-Replayed"] == "true"


# -- repeat and cancel --


def test_one_that_was_undone_begins_anew_under_new_keys(api, iniciar, servicos, published):
    servicos.defeitos.append(Defeito("POST /tarefas", RECUSA, vezes=1))
    saga = levar(iniciar())
    nada_ficou(servicos, saga)
    repetida = mudar(api(), saga, "repetir").json()
    assert (repetida["estado"], repetida["grupo"], repetida["erro"]) == ("executando", 2, "")
    tudo_esta_feito(servicos, levar(saga))
    assert set(saga.passos.filter(passo="empresa").values_list("grupo", "estado")) == {(1, "desfeito"), (2, "concluido")}
    contados = [evento.tipo.split(".")[2] for evento in published() if evento.agregado == "automacao.saga"]
    assert contados == ["iniciada", "interrompida", "compensada", "repetida", "concluida"]


def test_only_who_started_it_begins_it_anew(api, iniciar, servicos, bruno):
    servicos.defeitos.append(Defeito("POST /tarefas", RECUSA, vezes=1))
    saga = levar(iniciar())
    assert assert_problem(mudar(api(como=bruno), saga, "repetir"), 403)["codigo"] == "somente_quem_iniciou"


def test_one_that_was_undone_does_not_begin_beside_another(api, iniciar, servicos):
    servicos.defeitos.append(Defeito("POST /tarefas", RECUSA, vezes=1))
    lead = servicos.novo_lead()
    desfeita, outra = levar(iniciar(lead)), iniciar(lead)
    assert assert_problem(mudar(api(), desfeita, "repetir"), 409)["registro_id"] == str(outra.pk)
    levar(outra)
    assert assert_problem(mudar(api(), desfeita, "repetir"), 409)["codigo"] == "saga_ja_concluida"


def test_one_that_waits_tries_again_now(api, iniciar, servicos):
    servicos.defeitos.append(Defeito("POST /tarefas", Reply(503), vezes=1))
    saga = iniciar()
    motor.executar(saga.pk)
    motor.executar(saga.pk)  # not due
    saga.refresh_from_db()
    assert (saga.estado, saga.erro, saga.passos.get(passo="tarefa").tentativa) == ("executando", "servico_indisponivel", 1)
    assert mudar(api(), saga, "repetir").status_code == 200
    motor.executar(saga.pk)
    saga.refresh_from_db()
    tudo_esta_feito(servicos, saga)


def test_what_is_over_is_over(api, iniciar, servicos):
    saga = levar(iniciar())
    for verbo in ("repetir", "cancelar"):
        assert assert_problem(mudar(api(), saga, verbo), 409)["codigo"] == "transicao_nao_permitida"


@pytest.mark.parametrize("passo", [None, "GET /empresas", "POST /empresas", "POST /vendas", "POST /tarefas"])
def test_a_cancelled_one_leaves_nothing(api, iniciar, servicos, passo):
    servicos.defeitos += [Defeito(passo, Reply(503))] if passo else []
    saga = iniciar()
    if passo:
        motor.executar(saga.pk)
    assert mudar(api(), saga, "cancelar").json()["estado"] == "compensando"
    assert_problem(mudar(api(), saga, "cancelar"), 409)
    levar(saga)
    assert (saga.estado, saga.erro) == ("compensada", "cancelada")
    nada_ficou(servicos, saga)


@pytest.mark.parametrize("caminho", ["/empresas", "/vendas", "/tarefas"])
def test_cancelled_while_a_worker_is_at_it_leaves_nothing(api, iniciar, servicos, monkeypatch, caminho):
    """The worker's request has taken effect, its answer is written by nobody."""
    saga, real = iniciar(), motor.executar_passo

    def cancelado(linha, registro, passo):
        feito = real(linha, registro, passo)
        if servicos.chamadas[-1].method == "POST" and servicos.chamadas[-1].path == caminho:
            assert mudar(api(), saga, "cancelar").status_code == 200
        return feito

    monkeypatch.setattr(motor, "executar_passo", cancelado)
    levar(saga)
    assert (saga.estado, saga.erro) == ("compensada", "cancelada")
    nada_ficou(servicos, saga)


@pytest.mark.parametrize("como", ["perdida", "tarde", Reply(503)])
def test_at_the_pivot_it_is_too_late_to_cancel(api, iniciar, servicos, como):
    servicos.defeitos.append(Defeito("POST /clientes/leads/.*", como, vezes=1))
    saga = iniciar()
    motor.executar(saga.pk)
    assert assert_problem(mudar(api(), saga, "cancelar"), 422)["codigo"] == "passou_do_pivo"
    tudo_esta_feito(servicos, levar(saga))


# -- who may --


@pytest.mark.parametrize(
    "scopes",
    [
        ("leads:ler", "vendas:criar", "tarefas:criar"),
        ("leads:editar", "tarefas:criar"),
        ("leads:editar", "vendas:criar"),
    ],
)
def test_who_lacks_a_right_does_not_even_begin(api, servicos, scopes):
    problem = assert_problem(api(*scopes).post(INICIO, {"lead_id": servicos.novo_lead()}), 403)
    assert problem["codigo"] == "escopo_ausente"
    assert not Saga.objects.exists()


def test_a_service_without_a_person_does_not_begin_one(client, forge, trusted_keys, servicos):
    claims = forge.service_claims("clientes", "automacao", scope="leads:editar vendas:criar tarefas:criar")
    headers = {"Authorization": f"Bearer {forge.sign(claims)}"}
    assert_problem(client.post(INICIO, {"lead_id": servicos.novo_lead()}, content_type="application/json", headers=headers), 403)


LEITOR = ("automacao:ler", "leads:ler", "leads:editar")


def test_it_is_seen_as_the_leads_of_who_started_it(api, iniciar, servicos, bruno, carla):
    saga = iniciar()
    url = f"/automacao/sagas/{saga.pk}"
    todas = {"*": "todos"}
    for como, vis, ve in (
        (bruno, {"leads": "proprio", **todas}, False),
        (bruno, {"leads": "equipe", **todas}, True),
        (carla, {"leads": "equipe", **todas}, False),
        (carla, {"leads": "todos", "*": "proprio"}, True),
    ):
        client = api(*LEITOR, como=como, vis=vis)
        assert client.get(url).status_code == (200 if ve else 404)
        assert len(client.get("/automacao/sagas").json()["resultados"]) == ve
        assert (mudar(client, saga, "cancelar").status_code == 404) == (not ve)
        Saga.objects.update(estado="executando", erro="")


def test_who_sees_no_leads_sees_no_saga_about_them(api, iniciar, servicos):
    saga = iniciar()
    assert api("automacao:ler", "vendas:ler").get("/automacao/sagas").json()["resultados"] == []
    assert_problem(api("automacao:ler", "vendas:ler").get(f"/automacao/sagas/{saga.pk}"), 404)
    assert_problem(mudar(api("automacao:ler", "leads:ler"), saga, "cancelar"), 404)


def test_the_list_filters_and_costs_the_same_for_any_number(api, iniciar, servicos, queries):
    sagas = [levar(iniciar(servicos.novo_lead(empresa_nome=f"Empresa {numero}"))) for numero in range(3)]
    aberta = iniciar(servicos.novo_lead())

    def ids(**filtros):
        return {linha["id"] for linha in api().get("/automacao/sagas", filtros).json()["resultados"]}

    assert ids(estado="concluida") == {str(saga.pk) for saga in sagas}
    assert ids(alvo_id=str(aberta.alvo_id)) == {str(aberta.pk)}
    assert ids(tipo="ganhar-oportunidade") == set()
    with queries(1):
        assert len(api().get("/automacao/sagas", {"tipo": "converter-lead"}).json()["resultados"]) == 4
    with queries(2):
        assert len(api().get(f"/automacao/sagas/{sagas[0].pk}").json()["passos"]) == 7


# -- several at once --


@pytest.mark.django_db(transaction=True)
def test_fifty_starts_at_once_are_one_saga(api, servicos):
    corpo = {"lead_id": servicos.novo_lead()}
    answers = juntos(50, lambda _: api().post(INICIO, corpo))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[202] == 1
    assert set(statuses) <= {202, 409, 503}  # a store that is asked for too much at once says so
    [saga] = Saga.objects.all()
    assert {answer.json()["registro_id"] for answer in answers if answer.status_code == 409} == {str(saga.pk)}
    tudo_esta_feito(servicos, levar(saga))


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(90)
def test_sagas_that_cross_do_not_wait_for_each_other_for_ever(api, servicos):
    """Four at once want two companies, in the one order and in the other."""
    for rodada in range(2):
        leads = [servicos.novo_lead(empresa_nome=f"Empresa {(rodada + lado) % 2}") for lado in (0, 1, 0, 1)]
        pks = [answer.json()["id"] for answer in juntos(4, lambda n, leads=leads: api().post(INICIO, {"lead_id": leads[n]}))]
        for _ in range(12):
            dar_a_vez()
            juntos(4, lambda n, pks=pks: motor.executar(pks[n]))
            if not Saga.objects.filter(estado="executando").exists():
                break
    assert Counter(Saga.objects.values_list("estado", flat=True)) == {"concluida": 8}
    assert servicos.criados == {"empresas": 2, "vendas": 8, "tarefas": 8, "vinculos": 8}


def juntos(quantos, work):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(min(quantos, 16)) as pool:
        return list(pool.map(run, range(quantos)))


# -- the engine is general --


def test_sagas_of_an_older_definition_end_by_it(api, iniciar, servicos, monkeypatch):
    """A new version is deployed while old ones are under way: they go on by what they began with, new ones by the new."""
    from dataclasses import replace

    from automacao.sagas import registro

    velhas = [iniciar(servicos.novo_lead(empresa_nome=f"Empresa {numero}")) for numero in range(3)]
    servicos.defeitos.append(Defeito("POST /vendas", Reply(503), vezes=1))
    motor.executar(velhas[0].pk)
    antiga = registro.atual("converter-lead")
    nova = replace(antiga, versao=2, passos=tuple(passo for passo in antiga.passos if passo.nome != "tarefa"))
    monkeypatch.setitem(registro.DEFINICOES, ("converter-lead", 2), nova)
    for saga in velhas:
        assert levar(saga).estado == "concluida"
        assert saga.passos.filter(passo="tarefa", estado="concluido").exists()
    recente = levar(iniciar(servicos.novo_lead(empresa_nome="Nova")))
    assert (recente.estado, recente.definicao_versao, recente.passos.filter(passo="tarefa").exists()) == ("concluida", 2, False)
    assert servicos.criados["tarefas"] == 3


def test_one_of_a_definition_that_this_worker_does_not_know_waits(iniciar, servicos):
    saga = iniciar()
    Saga.objects.update(definicao_versao=9)
    motor.executar(saga.pk)
    saga.refresh_from_db()
    assert (saga.estado, saga.erro, saga.arrendada_ate) == ("executando", "definicao_desconhecida", None)
    assert not PassoSaga.objects.exists()
    Saga.objects.update(definicao_versao=1)
    tudo_esta_feito(servicos, levar(saga))


def test_counts_and_what_is_stuck(iniciar, servicos, caplog):
    from datetime import timedelta

    from django.utils import timezone

    from automacao import selectors, tasks

    servicos.defeitos += [Defeito("POST /tarefas", RECUSA), Defeito("DELETE /vendas/.*", Reply(503))]
    presa = levar(iniciar(), voltas=2)
    iniciar(servicos.novo_lead(empresa_nome="Outra"))
    assert selectors.sagas_por_estado() == {"executando": 1, "compensando": 1}
    assert not selectors.sagas_paradas().exists()
    Saga.objects.filter(pk=presa.pk).update(progresso_em=timezone.now() - timedelta(minutes=6))
    assert [saga.pk for saga in selectors.sagas_paradas()] == [presa.pk]
    tasks.avisar_paradas()
    [line] = [item for item in caplog.records if item.message == "saga parada"]
    assert (line.levelname, line.saga, line.passo) == ("ERROR", str(presa.pk), "oportunidade")


def test_an_unknown_saga_is_nobodys(api):
    assert_problem(api().get(f"/automacao/sagas/{uuid7()}"), 404)
