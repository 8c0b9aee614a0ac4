"""Opening, changing, handing over and closing a conversation."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from comunicacao.models import Conversa
from comunicacao.tasks import reabrir_adiadas
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def url(conversa, acao=""):
    return f"/comunicacao/{conversa['id']}{acao}"


def tipos(published):
    return [evento.tipo.removeprefix("comunicacao.conversa.") for evento in published() if ".conversa." in evento.tipo]


def test_it_works(api, nova, ana, published):
    response = api().post("/comunicacao", nova)
    body = response.json()
    assert response.status_code == 201
    assert (response["Location"], response["ETag"]) == (f"/comunicacao/{body['id']}", '"v1"')
    assert (body["estado"], body["prioridade"], body["nao_lidas"], body["canal_tipo"]) == ("aberta", "normal", 0, "whatsapp")
    assert body["responsavel_id"] == str(ana.id)
    assert tipos(published) == ["aberta.v1"]


def test_people_quote_it_by_a_number_that_counts_up(api, nova):
    ano = timezone.now().year
    numeros = [api().post("/comunicacao", nova).json()["numero"] for _ in range(2)]
    assert [numero.rsplit("-", 1)[0] for numero in numeros] == [f"CV-{ano}"] * 2
    assert int(numeros[1][-5:]) == int(numeros[0][-5:]) + 1


def test_the_customer_is_that_of_the_identity(api, nova, identidade):
    cliente = str(uuid4())
    api().patch(f"/comunicacao/identidades/{identidade['id']}", {"cliente_id": cliente})
    body = api().post("/comunicacao", {**nova, "identidade_id": identidade["id"]}).json()
    assert (body["cliente_id"], body["cliente_estado"], body["identidade_nome"]) == (cliente, "pendente", "João da Silva")


@pytest.mark.parametrize(
    ("campo", "valor", "codigo"),
    [
        ("canal_id", "018f0000-0000-7000-8000-0000000000ff", "inexistente"),
        ("identidade_id", "018f0000-0000-7000-8000-0000000000ff", "inexistente"),
        ("canal_id", None, "nulo"),
        ("prioridade", "ontem", "opcao_invalida"),
        ("assunto", "x" * 301, "muito_longo"),
        ("estado", "resolvida", "somente_leitura"),
        ("numero", "CV-1", "somente_leitura"),
    ],
)
def test_it_refuses(api, nova, campo, valor, codigo):
    problem = assert_problem(api().post("/comunicacao", {**nova, campo: valor}), 400)
    assert [(erro["campo"], erro["codigo"]) for erro in problem["erros"]] == [(campo, codigo)]
    assert not Conversa.objects.exists()


def test_an_inactive_channel_takes_no_new_conversation(api, canal, nova):
    api().patch(f"/comunicacao/canais/{canal['id']}", {"ativo": False})
    assert assert_problem(api().post("/comunicacao", nova), 422)["codigo"] == "canal_inativo"


def test_an_identity_out_of_sight_cannot_be_cited(api, nova, identidade, carla):
    body = {**nova, "identidade_id": identidade["id"]}
    assert_problem(api(como=carla, vis="proprio").post("/comunicacao", body), 400)


def test_put_resets_what_it_leaves_out_but_not_its_owner(api, conversa, nova):
    body = api().put(url(conversa), {"canal_id": nova["canal_id"], "prioridade": "alta"}).json()
    assert (body["assunto"], body["prioridade"], body["identidade_id"]) == ("", "alta", None)
    assert body["responsavel_id"] == conversa["responsavel_id"]


def test_the_channel_is_for_good(api, conversa):
    outro = api().post("/comunicacao/canais", {"tipo": "sms", "nome": "SMS"}).json()
    assert assert_problem(api().patch(url(conversa), {"canal_id": outro["id"]}), 422)["codigo"] == "canal_definitivo"


def test_disjoint_changes_of_two_people_both_stand_and_the_same_field_is_a_conflict(api, conversa):
    api().patch(url(conversa), {"prioridade": "alta"})
    old = {"If-Match": '"v1"'}
    body = api().patch(url(conversa), {"empresa_id": str(uuid4())}, headers=old).json()
    assert (body["versao"], body["prioridade"]) == (3, "alta")
    problem = assert_problem(api().patch(url(conversa), {"prioridade": "baixa"}, headers=old), 412)
    assert problem["conflitos"] == [{"campo": "prioridade", "original": "normal", "atual": "alta", "enviado": "baixa"}]


def test_it_is_resolved_and_opened_again(api, conversa, published):
    assert api().post(url(conversa, "/resolver")).json()["resolvida_em"]
    assert assert_problem(api().post(url(conversa, "/resolver")), 409)["codigo"] == "transicao_nao_permitida"
    assert api().post(url(conversa, "/reabrir")).json()["estado"] == "aberta"
    assert tipos(published) == ["aberta.v1", "resolvida.v1", "reaberta.v1"]


def test_it_waits_until_a_moment_and_opens_by_itself(api, conversa, published):
    ate = (timezone.now() + timedelta(hours=2)).isoformat()
    assert api().post(url(conversa, "/adiar"), {"ate": ate}).json()["estado"] == "adiada"
    assert reabrir_adiadas() == 0
    Conversa.objects.update(adiada_ate=timezone.now() - timedelta(seconds=1))
    assert [reabrir_adiadas(), reabrir_adiadas()] == [1, 0]
    body = api().get(url(conversa)).json()
    assert (body["estado"], body["adiada_ate"]) == ("aberta", None)
    assert tipos(published) == ["aberta.v1", "adiada.v1", "reaberta.v1"]


def test_it_cannot_wait_for_the_past(api, conversa):
    body = {"ate": "2020-01-01T00:00:00Z"}
    assert assert_problem(api().post(url(conversa, "/adiar"), body), 400)["codigo"] == "no_passado"


def test_one_may_take_it_over_and_only_some_may_give_it_away(api, conversa, bruno, carla, published):
    agent = {"como": bruno, "vis": "equipe"}
    scopes = ("comunicacao:ler", "comunicacao:editar")
    assert api(*scopes, **agent).post(url(conversa, "/atribuir")).json()["responsavel_id"] == str(bruno.id)
    body = {"responsavel_id": str(carla.id), "equipe_id": str(carla.equipe)}
    assert_problem(api(*scopes, **agent).post(url(conversa, "/atribuir"), body), 403)
    given = api(*scopes, "comunicacao:atribuir", **agent).post(url(conversa, "/atribuir"), body)
    assert (given.status_code, given.json()["equipe_id"]) == (200, str(carla.equipe))
    assert tipos(published) == ["aberta.v1", "atribuida.v1", "atribuida.v1"]


def test_a_deleted_conversation_is_gone_until_restored(api, conversa, published):
    assert api().delete(url(conversa)).status_code == 204
    assert_problem(api().get(url(conversa)), 404)
    assert_problem(api().get(url(conversa, "/mensagens")), 404)
    assert api().post(url(conversa, "/restaurar")).json()["versao"] == 3
    assert_problem(api().post(url(conversa, "/restaurar")), 409)
    assert tipos(published) == ["aberta.v1", "excluida.v1", "restaurada.v1"]


def test_a_repeated_key_replays_the_answer(api, nova):
    headers = {"Idempotency-Key": "pedido-1"}
    first, again = (api().post("/comunicacao", nova, headers=headers) for _ in range(2))
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
    assert Conversa.objects.count() == 1
    other = api().post("/comunicacao", {**nova, "assunto": "Outro"}, headers=headers)
    assert assert_problem(other, 422)["codigo"] == "idempotencia_conflito"


def test_a_failed_request_does_not_use_up_its_key(api, nova):
    headers = {"Idempotency-Key": "pedido-1"}
    assert_problem(api().post("/comunicacao", {}, headers=headers), 400)
    assert api().post("/comunicacao", nova, headers=headers).status_code == 201
