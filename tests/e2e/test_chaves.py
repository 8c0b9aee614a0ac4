"""The signing keys of a running CRM: rotated under load without a wrong 401, and changed at once when one got out."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
from conftest import SENHA, Client, Pessoa
from stack_access import SERVICES, manage, on_its_machine, own_url

pytestmark = on_its_machine
PROMISED = 60.0  # seconds until nobody takes a token of a key that got out
DOORS = ["/auth/eu", *(f"/gateway/{name}" for name in SERVICES if name != "auth")]


def answers(url: str, token: str) -> dict[str, int]:
    """The status that each service gives, through the gateway and past it."""
    past = {name: own_url(name) + ("/auth/eu" if name == "auth" else f"/{name}") for name in SERVICES}
    doors = {door: url + door for door in DOORS} | past
    return {name: requests.get(door, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code for name, door in doors.items()}


def signed_in(url: str, person: Pessoa) -> dict[str, str]:
    return _pair(url, "login", email=person.email, senha=SENHA)


def renewed(url: str, pair: dict[str, str]) -> dict[str, str]:
    return _pair(url, "refresh", refresh=pair["refresh"])


def _pair(url: str, step: str, **body: str) -> dict[str, str]:
    said = requests.post(f"{url}/auth/{step}", json=body, timeout=30)
    assert said.status_code == 200, said.text
    pair: dict[str, str] = said.json()
    return pair


class Sessions:
    """People who sign in, read everywhere, renew their token and read on with the former and the new one, again and again."""

    def __init__(self, url: str, people: list[Pessoa]) -> None:
        self.url, self.seen = url, Counter[str]()
        self._end, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._live, args=(person,)) for person in people]

    def __enter__(self) -> "Sessions":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _live(self, person: Pessoa) -> None:
        try:
            self._go_on(person)
        except AssertionError as error:
            self._note({str(error)})

    def _go_on(self, person: Pessoa) -> None:
        pair = signed_in(self.url, person)
        while not self._end.wait(0.2):
            former, pair = pair, renewed(self.url, pair)
            for token in (former["access"], pair["access"]):
                self._note({str(status) for status in answers(self.url, token).values()})

    def _note(self, seen: set[str]) -> None:
        with self._lock:
            self.seen.update(seen)


@pytest.fixture(scope="module")
def people(admin: Client, nova_pessoa: Callable[..., Pessoa]) -> list[Pessoa]:
    equipe = admin.create("/auth/equipes", {"nome": f"Chaves {time.time_ns()}"})["id"]
    return [nova_pessoa(nome, "administrador", equipe) for nome in ("Davi", "Elisa")]


def test_keys_are_rotated_under_load_without_a_wrong_401(url: str, people: list[Pessoa]) -> None:
    before = kid(signed_in(url, people[0])["access"])
    with Sessions(url, people) as sessions:
        manage("auth", "chaves", "girar")
        time.sleep(5)
    assert set(sessions.seen) == {"200"}, sessions.seen
    assert kid(signed_in(url, people[0])["access"]) != before


def test_a_key_that_got_out_is_good_for_nothing_within_a_minute(url: str, people: list[Pessoa], eventually: Callable[..., Any]) -> None:
    """People notice no more than that they have to renew their token."""
    pair = signed_in(url, people[0])
    assert set(answers(url, pair["access"]).values()) == {200}
    until = time.monotonic() + PROMISED
    manage("auth", "chaves", "trocar-todas")
    eventually(lambda: set(answers(url, pair["access"]).values()), lambda seen: seen == {401}, until - time.monotonic())
    access = renewed(url, pair)["access"]
    eventually(lambda: set(answers(url, access).values()), lambda seen: seen == {200}, until - time.monotonic())


def kid(token: str) -> str:
    """Stands for the key that signed it: the header, whose other fields are always the same."""
    return token.partition(".")[0]
