"""The store goes away: a clear answer in time, and work again when it is back."""

import multiprocessing
import socket
import time
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from pymongo.errors import AutoReconnect
from pymongo.synchronous.client_session import ClientSession

from comunicacao.canais import criar_canal
from comunicacao.models import Canal
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def store_at(port):
    """The connection looks for its store on `port` meanwhile."""
    present = connection.settings_dict["HOST"]
    real = connection.connection.address[1]
    pools, connection.connection = dict(connection._connection_pools), None
    connection._connection_pools.clear()
    connection.settings_dict["HOST"] = present.replace(f":{real}/", f":{port}/")
    del connection.database
    try:
        yield
    finally:
        connection._connection_pools["default"].close()
        connection._connection_pools.update(pools)
        connection.settings_dict["HOST"] = present
        connection.connection = None
        del connection.database


@contextmanager
def silent_port():
    """Takes connections and never says a word, as a frozen server does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def refused_in_time(request):
    started = time.monotonic()
    response = request()
    assert time.monotonic() - started < 3
    assert response["Retry-After"]
    return assert_problem(response, 503)["codigo"]


def test_a_store_that_is_down_is_503_in_under_three_seconds_and_heals(api, canal, nova, client):
    with store_at(closed_port()):
        assert refused_in_time(lambda: api().get("/comunicacao")) == "armazenamento_indisponivel"
        assert refused_in_time(lambda: api().post("/comunicacao", nova, headers={"Idempotency-Key": "a"})) == "armazenamento_indisponivel"
        assert refused_in_time(lambda: client.get("/saude/pronto")) == "nao_pronto"
        assert client.get("/saude/vivo").status_code == 200
    assert api().post("/comunicacao", nova, headers={"Idempotency-Key": "a"}).status_code == 201


def test_a_store_that_hangs_is_503_in_under_three_seconds_and_heals(api, canal, nova):
    with silent_port() as port, store_at(port):
        assert refused_in_time(lambda: api().get("/comunicacao")) == "armazenamento_indisponivel"
        assert refused_in_time(lambda: api().post("/comunicacao", nova)) == "armazenamento_indisponivel"
    assert api().get("/comunicacao").status_code == 200


def test_a_commit_whose_answer_is_lost_does_not_leave_its_transaction_open(ator, monkeypatch):
    really_commit = ClientSession.commit_transaction

    def lost(session):
        really_commit(session)
        raise AutoReconnect("connection closed")

    with monkeypatch.context() as patch:
        patch.setattr(ClientSession, "commit_transaction", lost)
        with pytest.raises(OperationalError):
            criar_canal(ator=ator, dados={"tipo": "api", "nome": "a"})
    assert connection.session is None
    criar_canal(ator=ator, dados={"tipo": "api", "nome": "b"})
    assert sorted(Canal.objects.values_list("nome", flat=True)) == ["a", "b"]


def test_a_forked_worker_opens_connections_of_its_own(canal):
    """gunicorn forks after the settings are loaded; a client that was used before the fork must still work in the child."""
    context = multiprocessing.get_context("fork")
    seen = context.Queue()
    child = context.Process(target=lambda: seen.put(Canal.objects.count()))
    child.start()
    assert seen.get(timeout=20) == 1
    child.join(10)
    assert Canal.objects.count() == 1
