"""automacao creates tasks for people: a service token with whom it acts for, and an idempotency key."""

import pytest
from rest_framework.test import APIClient

from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db

CHAVE = {"Idempotency-Key": "exec-1:passo-2"}


@pytest.fixture
def servico(forge, trusted_keys, ana):
    """`servico("tarefas:criar")`: automacao acting for ana."""

    def client(*scopes, audience="tarefas", obo=ana):
        claims = {"obo": str(obo.id)} if obo else {}
        token = forge.sign(forge.service_claims("automacao", audience, scope=" ".join(scopes), **claims))
        return APIClient(headers={"Authorization": f"Bearer {token}"})

    return client


def test_a_task_for_a_responsible_person_is_created_once(servico, bruno, ana, published):
    body = {"titulo": "Primeiro contato", "responsavel_id": str(bruno.id), "prazo_dias_uteis": 2}
    client = servico("tarefas:criar", "tarefas:atribuir")
    first, again, third = (client.post("/tarefas", body, headers=CHAVE) for _ in range(3))
    assert first.status_code == 201
    assert (first.json()["responsavel_id"], first.json()["criador_id"]) == (str(bruno.id), str(ana.id))
    assert again.json() == third.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    [evento] = published()
    assert evento.ator == "svc:automacao"


def test_the_token_s_scopes_decide_whether_it_may_assign(servico, bruno, ana):
    client = servico("tarefas:criar")
    assert_problem(client.post("/tarefas", {"titulo": "x", "responsavel_id": str(bruno.id)}), 403)
    assert client.post("/tarefas", {"titulo": "x", "responsavel_id": str(ana.id)}).status_code == 201
    assert client.post("/tarefas", {"titulo": "x"}).json()["responsavel_id"] == str(ana.id)


def test_a_service_that_acts_for_nobody_leaves_it_unowned_or_assigns(servico, bruno):
    client = servico("tarefas:criar", "tarefas:atribuir", obo=None)
    body = client.post("/tarefas", {"titulo": "x"}).json()
    assert (body["responsavel_id"], body["criador_id"]) == (None, None)
    assert client.post("/tarefas", {"titulo": "x", "responsavel_id": str(bruno.id)}).json()["responsavel_id"] == str(bruno.id)


def test_a_token_for_another_service_is_refused(servico):
    assert_problem(servico("tarefas:criar", audience="vendas").post("/tarefas", {"titulo": "x"}), 401)


def test_the_team_of_the_responsible_person_is_known_from_auth(servico, carla, deliver):
    from crm_shared.events.contracts import auth

    deliver(auth.UsuarioCriado(nome="Carla", email="c@x.com.br", equipe_id=str(carla.equipe), papel="vendedor", ativo=True), carla.id)
    body = servico("tarefas:criar", "tarefas:atribuir").post("/tarefas", {"titulo": "x", "responsavel_id": str(carla.id)}).json()
    assert (body["responsavel_nome"], body["equipe_id"]) == ("Carla", str(carla.equipe))
