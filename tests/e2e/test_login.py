"""Signing in, staying signed in, signing out."""

from typing import Any

import pytest
import requests
from conftest import SENHA
from crm_client import TIMEOUT


def post(url: str, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{url}{path}", json=body, timeout=TIMEOUT)


def get(url: str, token: str | None) -> requests.Response:
    return requests.get(url, headers={"Authorization": f"Bearer {token}"} if token is not None else {}, timeout=TIMEOUT)


def entrar(url: str, pessoa: Any) -> dict[str, Any]:
    tokens: dict[str, Any] = post(url, "/auth/login", email=pessoa.email, senha=SENHA).json()
    return tokens


def test_login_opens_the_door(url, elenco):
    tokens = entrar(url, elenco.ana)
    assert set(tokens) >= {"access", "refresh", "expires_in"}
    assert 0 < tokens["expires_in"] <= 300
    eu = get(f"{url}/auth/eu", tokens["access"]).json()
    assert (eu["id"], eu["papel"]["nome"], eu["equipe"]["id"]) == (elenco.ana.id, "vendedor", elenco.ana.equipe_id)


def test_a_wrong_password_and_an_unknown_address_answer_alike(url, elenco, mark):
    errada = post(url, "/auth/login", email=elenco.ana.email, senha="outra-senha-qualquer")
    ninguem = post(url, "/auth/login", email=f"ninguem.{mark}@example.com", senha=SENHA)
    assert (errada.status_code, ninguem.status_code) == (401, 401)
    assert {**errada.json(), "rastro": ""} == {**ninguem.json(), "rastro": ""}


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": 1, "senha": 2}, {"email": "a@example.com", "senha": "x" * 5000}])
def test_what_is_no_login_is_refused(url, body):
    response = post(url, "/auth/login", **body)
    assert response.status_code in (400, 401)
    assert response.headers["Content-Type"].startswith("application/problem+json")


def test_a_refresh_gives_the_next_pair(url, elenco):
    first = entrar(url, elenco.ana)
    second = post(url, "/auth/refresh", refresh=first["refresh"]).json()
    assert second["refresh"] != first["refresh"]
    assert get(f"{url}/auth/eu", second["access"]).status_code == 200


def test_a_refresh_of_long_ago_closes_the_whole_family(url, elenco):
    first = entrar(url, elenco.ana)
    second = post(url, "/auth/refresh", refresh=first["refresh"]).json()
    third = post(url, "/auth/refresh", refresh=second["refresh"]).json()
    assert post(url, "/auth/refresh", refresh=first["refresh"]).status_code == 401
    assert post(url, "/auth/refresh", refresh=third["refresh"]).status_code == 401


def test_after_logout_the_session_is_over(url, elenco):
    tokens = entrar(url, elenco.ana)
    assert post(url, "/auth/logout", refresh=tokens["refresh"]).status_code == 204
    assert post(url, "/auth/refresh", refresh=tokens["refresh"]).status_code == 401
