"""The life of a task."""

from datetime import timedelta

import pytest

from crm_shared.testing.contract import assert_problem
from tarefas.calendario import hoje

pytestmark = pytest.mark.django_db

AMANHA = str(hoje() + timedelta(days=1))
CORPOS = {"cancelar": {"motivo": "Desistiu"}, "adiar": {"ate": AMANHA}, "concluir": {"resultado": "Fechou"}}
VERBOS = {
    "iniciar": ("em_andamento", "iniciada"),
    "concluir": ("concluida", "concluida"),
    "cancelar": ("cancelada", "cancelada"),
    "reabrir": ("pendente", "reaberta"),
    "adiar": ("adiada", "adiada"),
}
RECUSADOS = {
    "pendente": {"reabrir"},
    "em_andamento": {"iniciar"},
    "adiada": set(),
    "concluida": {"iniciar", "concluir", "cancelar", "adiar"},
    "cancelada": {"iniciar", "concluir", "cancelar", "adiar"},
}
ATE = {"pendente": None, "em_andamento": "iniciar", "adiada": "adiar", "concluida": "concluir", "cancelada": "cancelar"}


@pytest.mark.parametrize("estado", RECUSADOS)
@pytest.mark.parametrize("verbo", VERBOS)
def test_every_step_from_every_state(tarefa, mudar, published, estado, verbo):
    if ATE[estado]:
        mudar(tarefa, ATE[estado], **CORPOS.get(ATE[estado], {}))
    body = {"ate": str(hoje() + timedelta(days=9))} if verbo == "adiar" else CORPOS.get(verbo, {})
    before = len(published())
    response = mudar(tarefa, verbo, **body)
    if verbo in RECUSADOS[estado]:
        problem = assert_problem(response, 409)
        assert (problem["codigo"], problem["atual"], len(published())) == ("transicao_nao_permitida", estado, before)
    else:
        novo, participio = VERBOS[verbo]
        assert (response.status_code, response.json()["estado"]) == (200, novo)
        assert published()[-1].tipo == f"tarefas.tarefa.{participio}.v1"
        assert len(published()) == before + 1


def test_done_keeps_when_and_what_came_of_it(tarefa, mudar, published):
    body = mudar(tarefa, "concluir", resultado="Fechou negócio").json()
    assert body["concluida_em"]
    assert body["resultado"] == "Fechou negócio"
    evento = published()[-1]
    assert (evento.pessoais["resultado"], "resultado" in evento.dados) == ("Fechou negócio", False)


def test_a_result_is_welcome_not_required(tarefa, mudar):
    assert mudar(tarefa, "concluir").json()["resultado"] == ""


def test_cancelling_needs_a_reason(tarefa, mudar):
    assert_problem(mudar(tarefa, "cancelar"), 400)
    assert mudar(tarefa, "cancelar", motivo="Desistiu").json()["motivo_cancelamento"] == "Desistiu"


def test_reopened_it_is_as_if_new(tarefa, mudar):
    for verbo in ("concluir", "cancelar", "adiar"):
        mudar(tarefa, verbo, **CORPOS[verbo])
        body = mudar(tarefa, "reabrir").json()
        assert {campo: body[campo] for campo in ("concluida_em", "resultado", "adiada_ate", "motivo_cancelamento")} == {
            "concluida_em": None,
            "resultado": "",
            "adiada_ate": None,
            "motivo_cancelamento": "",
        }


@pytest.mark.parametrize("ate", [str(hoje()), "2020-01-01", "9999-12-31", "amanhã", None])
def test_it_is_postponed_to_a_day_to_come(tarefa, mudar, ate):
    assert_problem(mudar(tarefa, "adiar", ate=ate), 400)


def test_delegated_it_belongs_to_the_other_and_their_team(api, tarefa, mudar, carla, deliver, published):
    from crm_shared.events.contracts import auth

    deliver(auth.UsuarioCriado(nome="Carla", email="c@x.com.br", equipe_id=str(carla.equipe), papel="vendedor", ativo=True), carla.id)
    body = mudar(tarefa, "delegar", responsavel_id=str(carla.id)).json()
    assert (body["responsavel_nome"], body["equipe_id"]) == ("Carla", str(carla.equipe))
    assert body["criador_id"] == tarefa["criador_id"]
    assert published()[-1].tipo == "tarefas.tarefa.delegada.v1"
    assert_problem(api(vis="equipe").get(f"/tarefas/{tarefa['id']}"), 404)


def test_delegating_needs_its_own_right_and_an_open_task(api, tarefa, mudar, bruno):
    address = f"/tarefas/{tarefa['id']}/delegar"
    assert_problem(api("tarefas:editar", "tarefas:ler").post(address, {"responsavel_id": str(bruno.id)}), 403)
    assert_problem(api("tarefas:editar").patch(f"/tarefas/{tarefa['id']}", {"responsavel_id": str(bruno.id)}), 403)
    mudar(tarefa, "concluir")
    assert_problem(mudar(tarefa, "delegar", responsavel_id=str(bruno.id)), 409)


def test_a_stale_step_is_refused(api, tarefa, mudar):
    mudar(tarefa, "iniciar")
    response = api().post(f"/tarefas/{tarefa['id']}/concluir", {}, headers={"If-Match": '"v1"'})
    assert assert_problem(response, 412)["conflitos"][0]["campo"] == "estado"


def test_a_repeated_step_with_its_key_is_answered_again(api, tarefa, published):
    headers = {"Idempotency-Key": "k"}
    first, again = (api().post(f"/tarefas/{tarefa['id']}/concluir", {}, headers=headers) for _ in range(2))
    assert (again.status_code, again.json(), len(published())) == (200, first.json(), 2)
