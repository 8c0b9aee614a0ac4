"""The brake on guessing: it holds the pair of account and network, and nobody else."""

import time

import pytest
from redis import Redis

from contas import freio

from .conftest import SENHA

pytestmark = pytest.mark.django_db
CASA, FORA = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def errar(entrar):
    def wrong(times, ip=CASA, email="ana@example.com"):
        return [entrar(email, "errada-errada", HTTP_X_FORWARDED_FOR=ip) for _ in range(times)][-1]

    return wrong


def test_ten_failures_then_a_wait(errar, entrar, novo_usuario):
    novo_usuario("ana")
    assert errar(10).status_code == 401

    answer = entrar("ana@example.com", HTTP_X_FORWARDED_FOR=CASA)

    assert answer.status_code == 429
    assert answer.json()["codigo"] == "muitas_tentativas"
    assert int(answer["Retry-After"]) in (1, 2)


def test_a_neighbour_is_braked_and_a_stranger_is_not(errar, entrar, novo_usuario):
    novo_usuario("ana")
    novo_usuario("bia")
    errar(11)

    assert entrar("ana@example.com", HTTP_X_FORWARDED_FOR="203.0.113.200").status_code == 429
    assert entrar("ana@example.com", HTTP_X_FORWARDED_FOR=FORA).status_code == 200
    assert entrar("bia@example.com", HTTP_X_FORWARDED_FOR=CASA).status_code == 200


def test_unknown_accounts_are_braked_alike(errar):
    errar(10, email="ninguem@example.com")
    assert errar(1, email="ninguem@example.com").status_code == 429


def test_the_right_password_forgets_the_failures(errar, entrar, novo_usuario):
    novo_usuario("ana")
    errar(9)
    assert entrar("ana@example.com", HTTP_X_FORWARDED_FOR=CASA).status_code == 200
    assert errar(9).status_code == 401


def test_the_wait_grows_and_ends(monkeypatch):
    from crm_shared import bus

    waits = []
    for _ in range(freio.LIVRES + 12):
        try:
            freio.tentar("conta", "rede")
        except freio.MuitasTentativas as refusal:
            waits.append(refusal.retry_after)
            bus.connection().delete("auth:freio:conta:rede:espera")  # as if it had passed
    assert waits == sorted(waits)
    assert waits[:3] == [2, 4, 8][: len(waits[:3])]
    assert max(waits) <= freio.ESPERA_MAX


def test_after_the_wait_one_try_is_free(errar, entrar, novo_usuario):
    novo_usuario("ana")
    errar(10)
    time.sleep(2.05)
    assert entrar("ana@example.com", HTTP_X_FORWARDED_FOR=CASA).status_code == 200


def failures(vezes):
    """As many tries of one stranger each, that failed: (account, network)."""
    refused = 0
    for conta, rede in vezes:
        try:
            freio.tentar_entrar(conta, rede)
        except freio.MuitasTentativas:
            refused += 1
    return refused


def test_one_account_from_many_networks_is_slowed_but_not_where_its_owner_signs_in():
    from crm_shared import bus

    freio.reconhecer("ana", "casa")
    assert failures(("ana", f"rede {numero}") for numero in range(50)) == 0
    bus.connection().set("auth:freio:conta:ana:espera", 1, ex=100)  # as it is now, but for a slow machine
    assert failures([("ana", "outra")]) == 1
    assert failures([("ana", "casa")]) == 0, "a stranger locks nobody out"
    assert failures([("bia", "rede 1")]) == 0


def test_many_accounts_from_one_network_are_slowed_for_half_a_minute_at_most():
    from crm_shared import bus

    freio.reconhecer("ana", "escola")
    for numero in range(120):
        failures([(f"conta {numero}", "escola")])
        bus.connection().delete("auth:freio:rede:escola:espera")  # as if it had passed
    freio.tentar_entrar("mais uma", "escola")
    with pytest.raises(freio.MuitasTentativas) as refusal:
        freio.tentar_entrar("outra", "escola")
    assert refusal.value.retry_after <= 30
    assert failures([("ana", "escola")]) == 0
    assert failures([("conta 1", "longe")]) == 0


def test_an_office_that_signs_in_rightly_is_never_slowed():
    for numero in range(150):
        freio.tentar_entrar(f"conta {numero}", "escritorio")
        freio.reconhecer(f"conta {numero}", "escritorio")
    assert failures([("nova", "escritorio")]) == 0


def test_without_its_counters_nobody_signs_in_and_nothing_is_guessed(entrar, novo_usuario, monkeypatch):
    """A brake that is out lets nobody guess."""
    novo_usuario("ana")
    with monkeypatch.context() as patch:
        patch.setattr(freio.bus, "connection", lambda: Redis(port=1, retry=None))
        answers = [entrar("ana@example.com", senha, HTTP_X_FORWARDED_FOR=CASA) for senha in (SENHA, "errada-errada")]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(503, "2")] * 2
    assert entrar("ana@example.com", HTTP_X_FORWARDED_FOR=CASA).status_code == 200


def test_attempts_at_once_count_each():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(20) as pool:
        refused = sum(pool.map(lambda numero: failures([("ana", f"rede {numero}")]), range(100)))
    assert 45 <= refused <= 50  # a slow machine lets one through after each wait
