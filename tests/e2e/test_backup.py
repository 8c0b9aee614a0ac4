"""A backup under load, restored into an empty folder: what was acknowledged is there, what follows from it happens once."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from conftest import ROOT, Client

pytestmark = pytest.mark.skipif("CRM_VAR" not in os.environ, reason="só ./crm faz cópias do CRM que ele mesmo ligou")
WRITERS = 2


@dataclass
class Ledger:
    """What was acknowledged, in the order in which it was: (path, id)."""

    entries: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)  # people with a file that holds their id

    def create(self, crm: Any, path: str, body: dict[str, Any]) -> str:
        record = crm.create(path, body, key=str(uuid4()))
        self.entries.append((path, record["id"]))
        return str(record["id"])


@pytest.fixture(scope="module")
def fluxo(admin, mark) -> Iterator[str]:
    """Each person of this test's becomes a task; answers the task's title."""
    titulo = f"Ligar {mark} cópia"
    gatilho = {
        "evento": "clientes.cliente.criado.v1",
        "condicoes": [{"campo": "nome", "operador": "contem", "valor": f"{mark} cópia"}],
    }
    passos = [{"tipo": "criar_tarefa", "parametros": {"titulo": titulo, "prazo_dias_uteis": 2}}]
    fluxo = admin.create("/gateway/automacao", {"nome": titulo, "gatilho": gatilho, "passos": passos})
    admin.create(f"/gateway/automacao/{fluxo['id']}/publicar", {})
    yield titulo
    admin.create(f"/gateway/automacao/{fluxo['id']}/arquivar", {})


@contextmanager
def load(admin: Any, mark: str, funil_id: str, canal_id: str) -> Iterator[Ledger]:
    """Companies, deals that cite them, renames, people that start a flow, conversations with them, without a pause."""
    ledger, stop, errors = Ledger(), threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            empresa = ledger.create(admin, "/gateway/empresas", {"razao_social": f"Empresa {uuid4()}"})
            ledger.create(admin, "/gateway/vendas", {"titulo": "x", "funil_id": funil_id, "empresa_id": empresa})
            cliente = ledger.create(admin, "/gateway/clientes", {"nome": f"{mark} cópia {uuid4()}"})
            sent = {"arquivo": ("quem.txt", cliente.encode())}
            admin.request("POST", f"/gateway/clientes/{cliente}/anexos", files=sent).raise_for_status()
            ledger.attached.append(cliente)
            ledger.create(admin, "/gateway/comunicacao", {"canal_id": canal_id, "cliente_id": cliente})
            nome = f"Nova {uuid4()}"
            admin.request("PATCH", f"/gateway/empresas/{empresa}", json={"nome_fantasia": nome}).raise_for_status()
            ledger.names[empresa] = nome

    def guarded() -> None:
        try:
            write()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []


def crm(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "stack", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_ports() -> int:
    """The first of a block that nobody listens on, beside those of the stack under test."""
    for base in range(int(os.environ["CRM_PORT_BASE"]) + 20, 65_000, 20):
        with suppress(OSError):
            for port in range(base, base + 13):
                socket.create_server(("127.0.0.1", port)).close()
            return base
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def saved(admin, mark, funil, fluxo, tmp_path_factory) -> tuple[Path, Ledger, Ledger]:
    """The backup, what was acknowledged before it began, and all that was."""
    canal = admin.create("/gateway/comunicacao/canais", {"nome": f"Canal {uuid4()}", "tipo": "email"})["id"]
    with load(admin, mark, funil["id"], canal) as ledger:
        while len(ledger.names) < 12:
            time.sleep(0.1)
        before = Ledger(list(ledger.entries), dict(ledger.names), list(ledger.attached))
        shown = crm("backup", "--destino", str(tmp_path_factory.mktemp("copias")))
        at_its_end = len(ledger.names)
        while len(ledger.names) < at_its_end + 4:
            time.sleep(0.1)
    return Path(shown.splitlines()[-1]), before, ledger


@pytest.fixture(scope="module")
def signed_in_before(url) -> Client:
    return Client(url, os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])


@pytest.fixture(scope="module")
def restored(signed_in_before, saved) -> Iterator[Client]:
    """The administrator's client of a second stack, made of nothing but the backup."""
    with tempfile.TemporaryDirectory(prefix="crm-e2e-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # as root, PostgreSQL runs as nobody
        base = free_ports()
        own = {"CRM_VAR": f"{folder}/var", "CRM_PORT_BASE": str(base)}
        try:
            crm("restore", str(saved[0]), **own)
            crm("up", "--detach", **own)
            yield Client(f"http://127.0.0.1:{base}", os.environ["CRM_ADMIN_EMAIL"], os.environ["CRM_ADMIN_SENHA"])
        finally:
            crm("down", **own)


def test_what_was_acknowledged_before_the_backup_is_there(restored, saved, funil):
    _, before, all_of_it = saved
    gone = [(path, pk) for path, pk in before.entries if restored.get(f"{path}/{pk}").status_code != 200]
    assert gone == []
    assert len(all_of_it.entries) > len(before.entries)
    # of a time after the backup nothing is left
    assert [restored.get(f"{path}/{pk}").status_code for path, pk in all_of_it.entries[-3:]] == [404] * 3


def test_every_attachment_that_a_row_tells_of_is_there(restored, saved, mark):
    seen = set()
    for person in restored.rows("/gateway/clientes", busca=f"{mark} cópia"):
        for row in restored.rows(f"/gateway/clientes/{person['id']}/anexos"):
            assert restored.get(f"/gateway/clientes/{person['id']}/anexos/{row['id']}/conteudo").text == person["id"]
            seen.add(person["id"])
    assert seen >= set(saved[1].attached)


def test_nothing_cites_what_is_not_there_and_every_name_is_the_newest(restored, eventually, funil):
    deals = [deal for deal in restored.rows("/gateway/vendas", funil_id=funil["id"]) if deal["empresa_id"]]
    companies = {deal["empresa_id"]: restored.get(f"/gateway/empresas/{deal['empresa_id']}") for deal in deals}
    assert {answer.status_code for answer in companies.values()} == {200}
    expected = {pk: answer.json()["nome_fantasia"] or answer.json()["razao_social"] for pk, answer in companies.items()}
    eventually(
        lambda: {
            deal["empresa_id"]: deal["empresa_nome"]
            for deal in restored.rows("/gateway/vendas", funil_id=funil["id"])
            if deal["empresa_id"]
        },
        lambda names: names == expected,
    )


def test_each_person_gives_one_task(restored, eventually, fluxo, mark):
    people = {row["id"] for row in restored.rows("/gateway/clientes", busca=f"{mark} cópia")}

    def tasks() -> list[str]:
        return [row["id"] for row in restored.rows("/gateway/tarefas", busca=fluxo)]

    # waits of 2, 5, 15, 30 and 30 s lie between the tries of a step
    eventually(tasks, lambda found: len(found) >= len(people), patience=150)
    time.sleep(3)
    assert len(tasks()) == len(people) > 0


def test_conversations_cite_people_who_are_there(restored, saved):
    conversations = [restored.get(f"{path}/{pk}") for path, pk in saved[1].entries if path.endswith("comunicacao")]
    assert conversations
    assert all(restored.get(f"/gateway/clientes/{found.json()['cliente_id']}").status_code == 200 for found in conversations)


def test_life_goes_on(restored: Client, eventually: Callable[..., Any], funil):
    deal = next(deal for deal in restored.rows("/gateway/vendas", funil_id=funil["id"]) if deal["empresa_id"])
    nome = f"Depois {uuid4()}"
    restored.patch(f"/gateway/empresas/{deal['empresa_id']}", {"nome_fantasia": nome}).raise_for_status()
    eventually(lambda: restored.read(f"/gateway/vendas/{deal['id']}")["empresa_nome"], lambda seen: seen == nome)


def test_who_was_signed_in_still_is(restored, admin, signed_in_before):
    """By access tokens, because the key is the same, and by a refresh token that was not used since."""
    headers = {"Authorization": f"Bearer {admin.token}"}
    assert requests.get(f"{restored.url}/auth/eu", headers=headers, timeout=30).status_code == 200
    renewed = requests.post(f"{restored.url}/auth/refresh", json={"refresh": signed_in_before._refresh}, timeout=30)
    assert renewed.status_code == 200
