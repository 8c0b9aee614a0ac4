"""Tasks in bulk."""

import pytest

from tarefas.models import Tarefa

pytestmark = pytest.mark.django_db


def test_created_changed_and_deleted(api, nova, published):
    client = api()
    answer = client.post(
        "/tarefas/lote", {"operacao": "criar", "itens": [nova, {**nova, "titulo": ""}, {"titulo": "x", "prazo_dias_uteis": 3}]}
    )
    assert [item["status"] for item in answer.json()["resultados"]] == [201, 400, 201]
    ids = [{"id": item["id"]} for item in answer.json()["resultados"] if item["id"]]
    assert client.post("/tarefas/lote", {"operacao": "atualizar", "itens": ids, "valores": {"prioridade": "baixa"}}).json()["erros"] == 0
    assert set(Tarefa.objects.values_list("prioridade", flat=True)) == {"baixa"}
    assert client.post("/tarefas/lote", {"operacao": "excluir", "itens": ids}).json()["erros"] == 0
    assert len(published()) == 6


def test_a_task_has_no_natural_key(api, nova):
    assert api().post("/tarefas/lote", {"operacao": "upsert", "chave": "titulo", "itens": [nova]}).status_code == 400
