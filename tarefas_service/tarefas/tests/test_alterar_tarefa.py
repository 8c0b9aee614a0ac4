"""Changing, deleting and restoring a task."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_patch_changes_only_what_it_names(api, tarefa, published):
    response = api().patch(f"/tarefas/{tarefa['id']}", {"titulo": "Visitar", "notas": "Levar amostras"})
    assert (response.status_code, response["ETag"]) == (200, '"v2"')
    assert (response.json()["tipo"], response.json()["vencimento_data"]) == ("ligacao", "2030-01-15")
    evento = published()[-1]
    assert evento.mudancas == [{"campo": "titulo", "de": "Ligar para o João", "para": "Visitar"}, {"campo": "notas"}]
    assert evento.pessoais["mudancas"] == [{"campo": "notas", "de": "", "para": "Levar amostras"}]


def test_put_resets_what_it_leaves_out_but_owner_state_and_links(api, nova, mudar):
    vinculo = {"recurso": "empresas.empresa", "id": "018f0000-0000-7000-8000-0000000000aa"}
    tarefa = api().post("/tarefas", {**nova, "notas": "x", "vinculos": [vinculo]}).json()
    mudar(tarefa, "iniciar")
    body = api().put(f"/tarefas/{tarefa['id']}", {"titulo": "Ligar"}).json()
    assert (body["tipo"], body["prioridade"], body["notas"], body["vencimento_data"]) == ("tarefa", "normal", "", None)
    assert (body["responsavel_id"], body["estado"], len(body["vinculos"])) == (tarefa["responsavel_id"], "em_andamento", 1)


def test_the_same_values_again_change_nothing(api, tarefa, nova, published):
    assert api().patch(f"/tarefas/{tarefa['id']}", nova)["ETag"] == '"v1"'
    assert len(published()) == 1


def test_disjoint_changes_stand_and_overlapping_ones_conflict(api, tarefa):
    address, old = f"/tarefas/{tarefa['id']}", {"If-Match": '"v1"'}
    api().patch(address, {"vencimento_data": "2030-02-01"})
    assert api().patch(address, {"titulo": "Visitar"}, headers=old).status_code == 200
    problem = assert_problem(api().patch(address, {"vencimento_data": "2030-03-01"}, headers=old), 412)
    assert {"campo": "vencimento_data", "original": "2030-01-15", "atual": "2030-02-01", "enviado": "2030-03-01"} in problem["conflitos"]


def test_a_deleted_task_is_gone_until_restored(api, tarefa, mudar, published):
    assert api().delete(f"/tarefas/{tarefa['id']}").status_code == 204
    assert_problem(api().get(f"/tarefas/{tarefa['id']}"), 404)
    assert_problem(mudar(tarefa, "concluir"), 404)
    assert api().get("/tarefas/minhas").json()["resultados"] == []
    assert mudar(tarefa, "restaurar").json()["versao"] == 3
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criada", "excluida", "restaurada"]
