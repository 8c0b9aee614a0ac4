"""Clients of the running stack, which CRM_URL names. What a test creates carries a mark of its own, so runs never meet."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

import said  # noqa: E402
from browser import chromium, complaints, page, shot, sign_in  # noqa: E402, F401
from crm_client import Crm  # noqa: E402  the readers' client is the tests' client

SENHA = "Cavalo-azul-7-montes"
PATIENCE = 30.0  # seconds for what another service does after an event; far above its 500 ms, for a busy machine


LAST = ("test_chaves", "test_logs")  # everybody's token ends with the keys that signed it; and who looks through the logs wants to see all


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LAST.index(item.path.stem) if item.path.stem in LAST else -1)
    if "CRM_URL" not in os.environ:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="CRM_URL não diz onde o CRM está no ar: use ./crm test e2e"))


def pytest_sessionstart() -> None:
    said.listen()


class Client(Crm):
    """The readers' client, with the answers themselves besides."""

    def get(self, path: str) -> requests.Response:
        return self.request("GET", path)

    def post(self, path: str, body: Any = None, key: str | None = None) -> requests.Response:
        return self.request("POST", path, json={} if body is None else body, headers={"Idempotency-Key": key} if key else {})

    def put(self, path: str, body: Any) -> requests.Response:
        return self.request("PUT", path, json=body)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.request("PATCH", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.request("DELETE", path)


def _eventually(read: Callable[[], Any], expected: Callable[[Any], Any] = bool, patience: float = PATIENCE) -> Any:
    deadline = time.monotonic() + patience
    while not expected(answer := read()):
        assert time.monotonic() < deadline, f"still {answer!r} after {patience} s"
        time.sleep(0.1)
    return answer


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """`eventually(read, expected)`: what `read` gives as soon as it is as `expected`; fails with the last answer when that never comes."""
    return _eventually


@pytest.fixture(scope="session")
def url() -> str:
    return os.environ["CRM_URL"].rstrip("/")


@pytest.fixture(scope="session")
def admin(url: str) -> Client:
    return Client(url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])


@pytest.fixture(scope="session")
def mark() -> str:
    return token_hex(4)


@dataclass(frozen=True)
class Pessoa:
    """A user and the client that is signed in as that user."""

    id: str
    nome: str
    email: str
    equipe_id: str
    crm: Client


@pytest.fixture(scope="session")
def papeis(admin: Client) -> dict[str, str]:
    return {papel["nome"]: papel["id"] for papel in admin.rows("/auth/papeis")}


@pytest.fixture(scope="session")
def nova_pessoa(admin: Client, url: str, papeis: dict[str, str]) -> Callable[..., Pessoa]:
    """`nova_pessoa("Ana", "vendedor", equipe_id)` creates the user and signs in."""

    def criar(nome: str, papel: str, equipe_id: str) -> Pessoa:
        email = f"{nome.lower()}.{token_hex(4)}@example.com"
        corpo = {"nome": nome, "email": email, "senha": SENHA, "papel_id": papeis[papel], "equipe_id": equipe_id}
        usuario = admin.create("/auth/usuarios", corpo)
        return Pessoa(usuario["id"], nome, email, equipe_id, Client(url, email, SENHA))

    return criar


@dataclass(frozen=True)
class Elenco:
    """ana and bruno sell in the team norte, which gil manages; carla sells in sul, rita reads everything, bia attends in norte."""

    ana: Pessoa
    bruno: Pessoa
    carla: Pessoa
    gil: Pessoa
    rita: Pessoa
    bia: Pessoa


@pytest.fixture(scope="session")
def elenco(admin: Client, mark: str, nova_pessoa: Callable[..., Pessoa]) -> Elenco:
    norte, sul = (admin.create("/auth/equipes", {"nome": f"{nome} {mark}"})["id"] for nome in ("Norte", "Sul"))
    return Elenco(
        ana=nova_pessoa("Ana", "vendedor", norte),
        bruno=nova_pessoa("Bruno", "vendedor", norte),
        carla=nova_pessoa("Carla", "vendedor", sul),
        gil=nova_pessoa("Gil", "gerente", norte),
        rita=nova_pessoa("Rita", "leitura", sul),
        bia=nova_pessoa("Bia", "atendente", norte),
    )


@pytest.fixture(scope="session")
def funil(admin: Client, mark: str) -> dict[str, Any]:
    """A funnel of these tests alone."""
    return admin.create("/gateway/vendas/funis", {"nome": f"Testes {mark}"})
