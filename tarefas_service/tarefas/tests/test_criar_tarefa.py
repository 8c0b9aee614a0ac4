"""Creating a task: what is stored, what is refused, what is told."""

import pytest

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_it_works(api, nova, ana):
    response = api().post("/tarefas", nova)
    body = response.json()
    assert response.status_code == 201
    assert (response["Location"], response["ETag"]) == (f"/tarefas/{body['id']}", '"v1"')
    assert (body["estado"], body["tipo"], body["prioridade"], body["atrasada"]) == ("pendente", "ligacao", "alta", False)
    assert (body["responsavel_id"], body["equipe_id"], body["criador_id"]) == (str(ana.id), str(ana.equipe), str(ana.id))
    assert body["vinculos"] == []


def test_a_title_is_enough(api):
    body = api().post("/tarefas", {"titulo": "Pensar"}).json()
    assert (body["vencimento_data"], body["vencimento_em"], body["vence_em"], body["atrasada"]) == (None, None, None, False)


@pytest.mark.parametrize(
    ("campo", "valor", "codigo"),
    [
        ("titulo", "", "em_branco"),
        ("titulo", "x" * 201, "muito_longo"),
        ("tipo", "almoco", "opcao_invalida"),
        ("prioridade", "maxima", "opcao_invalida"),
        ("vencimento_data", "2030-02-30", "invalido"),
        ("vencimento_data", "2030-01-15T10:00:00Z", "invalido"),
        ("vencimento_data", "9999-12-31", "fora_do_intervalo"),
        ("vencimento_data", "0001-01-01", "fora_do_intervalo"),
        ("vencimento_em", "2030-01-15", "fuso_ausente"),
        ("vencimento_em", "2030-01-15T10:00:00", "fuso_ausente"),
        ("vencimento_em", "2030-02-30T10:00:00Z", "invalido"),
        ("vencimento_em", "9999-12-31T23:59:59-03:00", "fora_do_intervalo"),
        ("inicio", "0001-01-01T00:00:00+14:00", "fora_do_intervalo"),
        ("duracao_min", 0, "muito_pequeno"),
        ("duracao_min", 10**9, "muito_grande"),
        ("prazo_dias_uteis", -1, "muito_pequeno"),
        ("prazo_dias_uteis", 1001, "muito_grande"),
        ("prazo_dias_uteis", True, "invalido"),
        ("uf", "XX", "opcao_invalida"),
        ("vinculos", {}, "nao_e_lista"),
        ("estado", "concluida", "somente_leitura"),
        ("criador_id", None, "somente_leitura"),
        ("vence_em", None, "somente_leitura"),
        ("resultado", "feito", "somente_leitura"),
        ("assunto", "x", "campo_desconhecido"),
    ],
)
def test_it_refuses(api, campo, valor, codigo):
    from tarefas.models import Tarefa

    problem = assert_problem(api().post("/tarefas", {"titulo": "Ligar", campo: valor}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [(campo, codigo)]
    assert not Tarefa.objects.exists()


@pytest.mark.parametrize(
    ("body", "codigo"),
    [
        ({"vencimento_data": "2030-01-15", "vencimento_em": "2030-01-15T10:00:00Z"}, "vencimento_duplo"),
        ({"vencimento_data": "2030-01-15", "prazo_dias_uteis": 3}, "vencimento_duplo"),
        ({"vencimento_em": "2030-01-15T10:00:00Z", "prazo_dias_uteis": 3}, "vencimento_duplo"),
        ({"uf": "SP"}, "sem_prazo"),
    ],
)
def test_two_ways_of_being_due_are_refused(api, body, codigo):
    assert assert_problem(api().post("/tarefas", {"titulo": "Ligar", **body}), 400)["codigo"] == codigo


def test_the_database_refuses_two_due_dates_by_itself(tarefa):
    from django.db import IntegrityError
    from django.utils import timezone

    from tarefas.models import Tarefa

    with pytest.raises(IntegrityError, match="tarefa_um_so_vencimento"):
        Tarefa.objects.update(vencimento_em=timezone.now())


def test_it_records_one_event(tarefa, published):
    [evento] = published()
    assert (evento.tipo, evento.versao, str(evento.agregado_id)) == ("tarefas.tarefa.criada.v1", 1, tarefa["id"])
    assert (evento.dados["vencimento_data"], evento.dados["vencimento_em"]) == ("2030-01-15", None)
    assert evento.dados["responsavel_id"] == evento.dados["criador_id"] == tarefa["responsavel_id"]


def test_somebody_else_as_owner_needs_the_right_to_assign(api, nova, bruno, ana):
    body = {**nova, "responsavel_id": str(bruno.id)}
    assert_problem(api("tarefas:criar", "tarefas:ler").post("/tarefas", body), 403)
    created = api("tarefas:criar", "tarefas:atribuir").post("/tarefas", body).json()
    assert (created["responsavel_id"], created["criador_id"]) == (str(bruno.id), str(ana.id))
