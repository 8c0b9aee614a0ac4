"""Tasks from spreadsheets."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_shared.records.references import USUARIO, learn
from tarefas.models import Tarefa

pytestmark = pytest.mark.django_db

PLANILHA = (
    "Tarefa;Tipo;Prioridade;Prazo;Responsável;Duração\n"
    "Ligar;call;high;31/12/2030;Bruno Alves;30\n"
    "Ligar;ligação;alta;;;\n"
    "Visitar;visita;muita;;;\n"
    "Reunir;;;31/02/2030;;\n"
    ";reuniao;;;;\n"
    "Longe;;;01/01/0999;;0\n"
)


@pytest.mark.parametrize("passo", ["simular", "executar"])
def test_tasks_with_words_of_two_languages(importar, bruno, published, passo):
    learn(USUARIO, bruno.id, versao=1, nome="Bruno Alves")
    feito = importar("tarefas", PLANILHA, passo)
    assert (feito["importacao"]["chave"], feito["importacao"]["mapeamento"]["Prazo"]) == ("", "vencimento_data")
    recusadas = {linha: [erro["campo"] for erro in item["erros"]] for linha, item in feito["itens"].items() if item["erros"]}
    assert recusadas == {4: ["prioridade"], 5: ["vencimento_data"], 6: ["titulo"], 7: ["vencimento_data", "duracao_min"]}
    if passo == "simular":
        assert not Tarefa.objects.exists()
        assert not published()
        return
    ligar = Tarefa.objects.order_by("id").first()
    assert (ligar.tipo, ligar.prioridade, ligar.responsavel_id, ligar.vence_em is not None) == ("ligacao", "alta", bruno.id, True)
    assert [evento.tipo for evento in published()] == ["tarefas.tarefa.criada.v1"] * 2


def test_an_update_that_changes_the_kind_of_due_date_is_undone_whole(importar, tarefa, api, rodar):
    feito = importar("tarefas", f"titulo;data e hora\n{tarefa['titulo']};10/02/2030 14:30\nOutra;\n", modo="atualizar", chave="titulo")
    assert [item["status"] for item in feito["itens"].values()] == [200, 404]
    depois = api().get(f"/tarefas/{tarefa['id']}").json()
    assert (depois["vencimento_data"], depois["vencimento_em"]) == (None, "2030-02-10T17:30:00Z")
    api().post(f"/tarefas/operacoes/{feito['operacao']['id']}/desfazer")
    rodar()
    antes = api().get(f"/tarefas/{tarefa['id']}").json()
    assert (antes["vencimento_data"], antes["vencimento_em"]) == (tarefa["vencimento_data"], None)


def test_a_row_costs_a_bounded_number_of_statements(importar):
    importar("tarefas", "titulo\nPrimeira\n")
    told = []
    for rows in (2, 12):
        with CaptureQueriesContext(connection) as statements:
            importar("tarefas", "titulo\n" + "".join(f"{rows} de {number}\n" for number in range(rows)))
        told.append(len(statements))
    assert told[1] - told[0] <= 10 * 8  # two savepoints, the task, its links
