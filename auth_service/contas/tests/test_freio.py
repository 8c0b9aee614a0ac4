"""The brake on guessing: it holds the pair of account and network, and nobody else."""

import time

import pytest

from contas import freio

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
