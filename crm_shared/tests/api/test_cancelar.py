"""A request that is withdrawn by its key: done before or never, whenever it arrives."""

from datetime import timedelta

import pytest
from django.utils import timezone
from projeto.exemplo.models import Coisa
from test_concorrencia import together

from crm_shared.api.idempotency import forget_old_keys
from crm_shared.api.models import ChaveIdempotencia
from crm_shared.db import atomic, is_mongo, try_transaction_lock
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
CHAVE = {"Idempotency-Key": "um"}
CANCELAR = {**CHAVE, "Idempotency-Cancel": "1"}
CORPO = {"nome": "a"}


def post(client, headers, corpo=CORPO):
    return client.post("/exemplo", corpo, headers=headers)


def test_what_was_done_is_answered_again(api):
    client = api()
    feita = post(client, CHAVE)
    answer = post(client, CANCELAR)
    assert (answer.status_code, answer["Idempotency-Replayed"], answer.json()["id"]) == (201, "true", feita.json()["id"])
    assert post(client, CHAVE)["Idempotency-Replayed"] == "true"


def test_what_was_not_done_will_not_be(api):
    client = api()
    for headers in (CANCELAR, CHAVE, CANCELAR, CHAVE):
        assert assert_problem(post(client, headers), 409)["codigo"] == "idempotencia_cancelada"
    assert not Coisa.objects.exists()
    assert post(client, {"Idempotency-Key": "dois"}).status_code == 201


def test_it_is_the_callers_own_key_that_is_withdrawn(api, bruno):
    assert_problem(post(api(como=bruno), CANCELAR), 409)
    assert post(api(), CHAVE).status_code == 201


def test_it_asks_for_the_same_scope(api):
    assert_problem(post(api("empresas:ler"), CANCELAR), 403)


def test_a_request_in_hand_is_waited_for(api):
    """The lock of the one under way is held; its end is not known yet."""
    if is_mongo():
        pytest.skip("there the unique index and its write conflict do this")
    client = api()
    post(client, {"Idempotency-Key": "quem"})
    usuario = ChaveIdempotencia.objects.get().usuario
    with atomic():
        assert try_transaction_lock(f"{usuario} POST /exemplo um")
        [answer] = together(1, lambda _: post(client, CANCELAR))
    assert (answer.status_code, answer.json()["codigo"], answer["Retry-After"]) == (409, "em_andamento", "1")
    assert assert_problem(post(client, CANCELAR), 409)["codigo"] == "idempotencia_cancelada"


def test_a_race_of_doing_and_withdrawing_has_one_end(api):
    client = api()
    answers = together(12, lambda number: (number % 2, post(client, CANCELAR if number % 2 else CHAVE)))
    assert {answer.status_code for _, answer in answers} <= {201, 409}
    assert (post(client, CANCELAR).status_code == 201) == Coisa.objects.exists()


@pytest.mark.parametrize(("usuario", "dias", "fica"), [("x", 2, False), ("svc:automacao", 2, True), ("svc:automacao", 31, False)])
def test_a_services_key_is_kept_longer(api, usuario, dias, fica):
    post(api(), CHAVE)
    ChaveIdempotencia.objects.update(usuario=usuario, criado_em=timezone.now() - timedelta(days=dias))
    forget_old_keys()
    assert ChaveIdempotencia.objects.exists() is fica
