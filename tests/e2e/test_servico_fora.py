"""One service is down, hangs or is killed: what clients are told, what goes on meanwhile, and that it comes back by itself."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests
from crm_client import Crm
from stack_access import SERVICES, frozen, kill, on_its_machine, own_url, pid_of, restarts, settled, stopped

from crm_shared.testing.forge import Forge

pytestmark = on_its_machine

Eventually = Callable[..., Any]

LISTED = tuple(name for name in SERVICES if name != "auth")
PATIENCE = 60.0  # seconds; the gateway itself waits 30 s for a silent service


class Client:
    """Sends once and tells what came, where the readers' client would wait and try again."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers, timeout=PATIENCE)

    def post(self, path: str, body: dict[str, str], **headers: str) -> requests.Response:
        return requests.post(self.url + path, json=body, headers=self.headers | headers, timeout=PATIENCE)

    def lists(self) -> dict[str, int]:
        return {name: self.get(f"/gateway/{name}").status_code for name in LISTED}


@pytest.fixture
def client(url: str) -> Client:
    """Signed in just now: its token outlives the test."""
    return Client(url, Crm(url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"]).token)


@pytest.fixture(autouse=True)
def _put_in_order(client: Client, eventually: Eventually) -> Iterator[None]:
    """Whatever a test did to the stack, the next one meets all of it at work."""
    yield
    eventually(lambda: unready(client), lambda names: names == [], PATIENCE)


def unready(client: Client) -> list[str]:
    """The services that the gateway's summary does not call ready."""
    answer = client.get("/saude")
    assert answer.status_code == 200
    states = answer.json()["servicos"]
    assert answer.json()["estado"] == ("pronto" if set(states.values()) == {"pronto"} else "degradado")
    return [name for name, state in states.items() if state != "pronto"]


def assert_unavailable(answer: requests.Response) -> None:
    assert answer.status_code in (502, 503)
    assert answer.json()["codigo"] == "servico_indisponivel"
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.elapsed.total_seconds() < 5


@pytest.mark.parametrize("service", ["empresas", "comunicacao"])
def test_down(client: Client, eventually: Eventually, service: str) -> None:
    with stopped(f"{service}-web"):
        assert_unavailable(client.get(f"/gateway/{service}"))
        assert_unavailable(client.post(f"/gateway/{service}", {}))
        seen = client.lists()
        assert seen.pop(service) in (502, 503)  # nobody listens there; in containers its name is gone as well
        assert set(seen.values()) == {200}
        assert unready(client) == [service]
    eventually(client.lists, lambda seen: seen == dict.fromkeys(LISTED, 200), PATIENCE)


def test_auth_is_down_and_who_is_signed_in_goes_on(client: Client, eventually: Eventually) -> None:
    with stopped("auth-web"):
        assert_unavailable(client.post("/auth/login", {"email": "ana@example.com", "senha": "x"}))
        assert client.lists() == dict.fromkeys(LISTED, 200)
        assert client.post("/gateway/clientes", {"nome": f"Sem auth {uuid4()}"}).status_code == 201
        stranger = Forge().token(scope="clientes:ler")
        assert Client(client.url, stranger).get("/gateway/clientes").status_code == 401
        assert Client(own_url("clientes"), stranger).get("/clientes").status_code == 401
        assert unready(client) == ["auth"]
    eventually(lambda: client.get("/auth/eu").status_code, lambda status: status == 200, PATIENCE)


def test_hanging_service_is_given_up_and_delays_no_other(client: Client, eventually: Eventually) -> None:
    with ThreadPoolExecutor(1) as pool, frozen("tarefas-web"):
        hanging = pool.submit(client.get, "/gateway/tarefas")
        others = {name: client.get(f"/gateway/{name}").status_code for name in LISTED if name != "tarefas"}
        assert set(others.values()) == {200}
        assert unready(client) == ["tarefas"]
        assert not hanging.done(), "the others were to be asked while it hung"
        answer = hanging.result()
        assert (answer.status_code, answer.json()["codigo"]) == (504, "servico_nao_respondeu")
        assert answer.headers["content-type"] == "application/problem+json"
    eventually(client.lists, lambda seen: seen == dict.fromkeys(LISTED, 200), PATIENCE)


@pytest.mark.parametrize("process", ["clientes-web", "gateway-web"])
def test_killed_process_comes_back_and_repeated_writes_take_effect_once(
    client: Client, admin: Crm, eventually: Eventually, process: str
) -> None:
    """The client repeats each write, under its key, until it is accepted; the kill comes in the middle of them."""
    before = restarts(process)
    mark = uuid4().hex
    names = [f"{mark} {number:02}" for number in range(30)]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [create_insistently(client, name) for name in names])
        eventually(lambda: len(list(admin.rows("/gateway/clientes", busca=mark))) >= 5, patience=PATIENCE)
        killed = kill(process)
        assert not writing.done()
        accepted = writing.result()
    kept = [(row["id"], row["nome"]) for row in admin.rows("/gateway/clientes", busca=mark, ordenar="nome")]
    assert kept == list(zip(accepted, names, strict=True))
    eventually(settled, patience=PATIENCE)
    assert pid_of(process) not in (0, killed)
    assert restarts(process) == before + 1, "the first new process was to take over"


def create_insistently(client: Client, nome: str) -> str:
    key = str(uuid4())
    deadline = time.monotonic() + PATIENCE
    while (answer := _sent(client, nome, key)) is None or answer.status_code != 201:
        assert answer is None or answer.status_code >= 500, answer.text
        assert time.monotonic() < deadline, f"{nome} was not accepted in {PATIENCE} s"
        time.sleep(0.1)
    created: str = answer.json()["id"]
    return created


def _sent(client: Client, nome: str, key: str) -> requests.Response | None:
    try:
        return client.post("/gateway/clientes", {"nome": nome}, **{"Idempotency-Key": key})
    except requests.ConnectionError:
        return None  # it is the gateway that is being killed
