import time

import pytest

from crm_shared.client import Refused, ServiceClient, TryAgain
from crm_shared.observability.context import working_as
from crm_shared.testing.http_server import Reply, serving


class Fichas:
    """A token source that counts."""

    def __init__(self):
        self.dadas = 0

    def token(self):
        return f"ficha-{self.dadas}"

    def forget(self):
        self.dadas += 1


def test_a_call_carries_token_trace_cause_and_key():
    with serving(Reply(201, {"id": 7})) as server, working_as(rastro="a" * 32, causa="evento-1"):
        answer = ServiceClient(server.url, Fichas()).request("POST", "/x", json={"a": 1}, idempotency_key="k")
    assert (answer.status, answer.data) == (201, {"id": 7})
    [call] = server.requests
    headers = call.headers
    assert (call.method, call.path, call.body) == ("POST", "/x", {"a": 1})
    assert headers["Authorization"] == "Bearer ficha-0"
    assert headers["traceparent"].startswith("00-" + "a" * 32)
    assert (headers["X-Causa"], headers["Idempotency-Key"]) == ("evento-1", "k")


def test_a_call_waits_no_longer_than_who_asked_for_it_and_says_so():
    with serving(Reply(503), Reply(503), Reply(200)) as server, working_as(prazo=time.time() + 0.2):
        before = time.monotonic()
        with pytest.raises(TryAgain):
            ServiceClient(server.url).request("GET", "/x", budget=60)
    assert time.monotonic() - before < 5
    assert float(server.requests[0].headers["X-Prazo"]) / 1000 <= time.time() + 0.2


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422])
def test_refused_for_good_is_not_repeated(status):
    problema = {"codigo": "nao", "detail": "Não.", "erros": [{"campo": "a", "codigo": "b", "mensagem": "c"}]}
    with serving(Reply(status, problema)) as server, pytest.raises(Refused) as refusal:
        ServiceClient(server.url).request("GET", "/x")
    assert (refusal.value.status, refusal.value.codigo, refusal.value.erros) == (status, "nao", problema["erros"])
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed():
    with serving(Reply(307, headers={"Location": "/y"})) as server, pytest.raises(Refused):
        ServiceClient(server.url).request("GET", "/x")
    assert [call.path for call in server.requests] == ["/x"]


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again_and_heals(status):
    with serving(Reply(status), Reply(200, {})) as server:
        assert ServiceClient(server.url).request("GET", "/x").status == 200
    assert len(server.requests) == 2


def test_a_repeated_request_that_still_runs_is_tried_again():
    with serving(Reply(409, {"codigo": "em_andamento"}, headers={"Retry-After": "0"}), Reply(201, {})) as server:
        assert ServiceClient(server.url).request("POST", "/x", idempotency_key="k").status == 201


def test_post_without_key_is_sent_once():
    with serving(Reply(503)) as server, pytest.raises(TryAgain):
        ServiceClient(server.url).request("POST", "/x", json={})
    assert len(server.requests) == 1


def test_post_with_key_survives_a_cut_connection():
    with serving(Reply(cut=True), Reply(201, {})) as server:
        assert ServiceClient(server.url).request("POST", "/x", json={}, idempotency_key="k").status == 201
    assert [call.headers["Idempotency-Key"] for call in server.requests] == ["k", "k"]


def test_nobody_listening_is_try_again_and_quick():
    start = time.monotonic()
    with pytest.raises(TryAgain) as error:
        ServiceClient("http://127.0.0.1:9").request("GET", "/x")
    assert error.value.status == 0
    assert time.monotonic() - start < 2


def test_retry_after_beyond_the_budget_is_not_waited_for():
    start = time.monotonic()
    with serving(Reply(503, headers={"Retry-After": "30"})) as server, pytest.raises(TryAgain) as error:
        ServiceClient(server.url).request("GET", "/x", budget=2)
    assert time.monotonic() - start < 1
    assert error.value.retry_after == 30


@pytest.mark.parametrize("lento", [Reply(delay=3.0), Reply(200, {"a": "b" * 60}, drip=0.1)])
def test_slow_and_dripping_answers_end_with_the_budget(lento):
    start = time.monotonic()
    with serving(lento) as server, pytest.raises(TryAgain):
        ServiceClient(server.url).request("POST", "/x", budget=0.6)
    assert time.monotonic() - start < 1.5


def test_401_asks_for_another_token():
    fichas = Fichas()
    with serving(Reply(401), Reply(200, {})) as server:
        ServiceClient(server.url, fichas).request("GET", "/x")
    assert [call.headers["Authorization"] for call in server.requests] == ["Bearer ficha-0", "Bearer ficha-1"]


def test_an_answer_that_is_no_json_is_not_taken_for_one():
    with serving(Reply(200, raw=b"<html>")) as server, pytest.raises(TryAgain):
        ServiceClient(server.url).request("POST", "/x")


def test_a_huge_answer_is_refused(monkeypatch):
    monkeypatch.setattr("crm_shared.client.MAX_ANSWER_BYTES", 1000)
    with serving(Reply(200, raw=b" " * 100_000)) as server, pytest.raises(Refused):
        ServiceClient(server.url).request("GET", "/x")


def test_environment_proxies_cookies_and_new_connections_play_no_part(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(Reply(200, {"a": 1}, headers={"Set-Cookie": "s=1"})) as server:
        client = ServiceClient(server.url)
        for _ in range(3):
            client.request("GET", "/x")
    assert all("Cookie" not in call.headers for call in server.requests)
    assert server.connections == 1
