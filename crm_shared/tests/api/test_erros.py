"""Problem documents for what goes wrong below the views."""

import pytest
from django.db import InternalError, OperationalError
from projeto.exemplo import services, views
from projeto.exemplo.models import Coisa
from psycopg.errors import IdleInTransactionSessionTimeout
from redis.exceptions import ConnectionError as RedisConnectionError

from crm_shared.api.viewsets import RecordServices
from crm_shared.observability.deadlines import header_for
from crm_shared.testing.contract import ContractSuite, assert_problem

pytestmark = pytest.mark.django_db


class TestContrato(ContractSuite):
    pass


def failing(monkeypatch, error):
    def raise_it(**_kwargs):
        raise error

    broken = RecordServices(raise_it, services.atualizar_coisa, services.excluir_coisa, services.restaurar_coisa)
    monkeypatch.setattr(views.CoisaViewSet, "services", broken)


def ended_by_the_server():
    """As psycopg tells that a transaction was idle for too long."""
    error = InternalError("terminating connection due to idle-in-transaction timeout")
    error.__cause__ = IdleInTransactionSessionTimeout()
    return error


@pytest.mark.parametrize("error", [OperationalError("refused"), RedisConnectionError("refused"), ended_by_the_server()])
def test_a_store_that_is_out_is_503_with_a_time_to_come_back(api, monkeypatch, error):
    failing(monkeypatch, error)
    response = api().post("/exemplo", {"nome": "a"})
    assert_problem(response, 503)
    assert response["Retry-After"] == "2"


@pytest.mark.parametrize(("seconds", "status"), [(-60, 503), (-1, 201), (30, 201)])
def test_what_comes_when_nobody_waits_any_more_is_not_begun(api, seconds, status):
    response = api().post("/exemplo", {"nome": "a"}, headers={"X-Prazo": header_for(seconds)})
    assert response.status_code == status
    assert Coisa.objects.exists() is (status == 201)
    if status == 503:
        assert assert_problem(response, 503)["codigo"] == "prazo_esgotado"


@pytest.mark.parametrize("text", ["", "amanhã", "0", "-1000000000000", "1" * 12, "9" * 30, "1e12"])
def test_a_deadline_that_is_none_hurries_nobody(api, text):
    assert api().post("/exemplo", {"nome": "a"}, headers={"X-Prazo": text}).status_code == 201


def test_an_unexpected_error_is_500_without_its_text(api, monkeypatch, caplog):
    failing(monkeypatch, RuntimeError("senha=123"))
    client = api()
    client.raise_request_exception = False
    response = client.post("/exemplo", {"nome": "a"})
    assert_problem(response, 500)
    assert b"senha" not in response.content
    (logged,) = [line for line in caplog.records if line.message == "erro inesperado"]
    assert logged.exc_info[0] is RuntimeError


def test_a_number_beyond_the_column_is_400(api):
    assert_problem(api().post("/exemplo", {"nome": "a", "valor": "99999999999.00"}), 400)


def test_a_body_over_the_limit_is_413(api, settings):
    settings.JSON_BODY_MAX_BYTES = 100
    assert_problem(api().post("/exemplo", {"nome": "a" * 200}), 413)


def test_the_trace_of_the_caller_is_in_answer_and_event(api, published):
    rastro = "0af7651916cd43dd8448eb211c80319c"
    response = api().post("/exemplo", {"nome": "a"}, headers={"traceparent": f"00-{rastro}-b7ad6b7169203331-01"})
    assert response["X-Rastro"] == rastro
    assert published()[0].rastro == rastro


def test_a_nul_in_the_address_is_400(api):
    assert_problem(api().get("/exemplo?nome=%00"), 400)
