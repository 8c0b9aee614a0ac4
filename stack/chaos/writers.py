"""Several clients that create, change and delete records through the gateway, and enter in the ledger what was accepted."""

import contextlib
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

from .client import Client, Session, Unanswered
from .ledger import Entry, Ledger
from .receiver import TYPES

# kind of record -> path, the field that writers change, weight among creations
KINDS = {
    "cliente": ("/gateway/clientes", "nome", 5),
    "empresa": ("/gateway/empresas", "razao_social", 2),
    "oportunidade": ("/gateway/vendas", "titulo", 2),
    "conversa": ("/gateway/comunicacao", "assunto", 2),
    "usuario": ("/auth/usuarios", "nome", 0),
}
CREATE, DELETE, CONVERT = 0.4, 0.05, 0.06  # the rest are changes
SAGA = "Saga "  # begins the names of what sagas work on and make, which no writer touches
A_SAGA = 10.0  # seconds in which one has made its first step, even where a process comes back first
OPEN = 30  # records that one writer goes on changing


class World:
    """What is set up before the first fault: a funnel, a channel, people to rename, a flow that makes a task per new client, a webhook."""

    def __init__(self, client: Client, mark: str, writers: int, receiver: str) -> None:
        self.mark = mark
        self.funil = self._new(client, "/gateway/vendas/funis", {"nome": f"Funil {mark}"})["id"]
        self.canal = self._new(client, "/gateway/comunicacao/canais", {"nome": f"Canal {mark}", "tipo": "email"})["id"]
        self.papel = next(row for row in client.send("GET", "/auth/papeis").json()["resultados"] if row["nome"] == "leitura")["id"]
        self.senha = f"Caos-{mark}-{random.getrandbits(64):x}"
        self.usuarios = [
            self._new(
                client,
                "/auth/usuarios",
                {"nome": f"{mark} u{n}", "email": f"u{n}@caos.example.com", "senha": self.senha, "papel_id": self.papel},
            )
            for n in range(writers)
        ]
        passo = {"tipo": "criar_tarefa", "parametros": {"titulo": "Caos: {{nome}}", "prazo_dias_uteis": 1}}
        gatilho = {"evento": "clientes.cliente.criado.v1", "condicoes": [{"campo": "origem", "operador": "igual", "valor": "site"}]}
        fluxo = self._new(client, "/gateway/automacao", {"nome": f"Fluxo {mark}", "gatilho": gatilho, "passos": [passo]})
        self._new(client, f"/gateway/automacao/{fluxo['id']}/publicar", {})
        self._new(client, "/gateway/automacao/webhooks", {"nome": f"Webhook {mark}", "url": receiver, "tipos": TYPES})

    @staticmethod
    def _new(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.send("POST", path, body)
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        created: dict[str, Any] = answer.json()
        return created


class Writer(threading.Thread):
    """Draws what to do from its own seed; waits `pace` seconds between writes."""

    def __init__(self, number: int, seed: int, world: World, session: Session, ledger: Ledger, pace: float, stop: threading.Event) -> None:
        super().__init__(name=f"escritor-{number}", daemon=True)
        self.number, self.world, self.ledger, self.pace, self.stop_event = number, world, ledger, pace, stop
        self.source = random.Random(f"{seed} {number}")
        self.client = Client(session, ledger)
        self.open: list[Entry] = []
        self.count = 0
        user = world.usuarios[number]
        self._enter(Entry("usuario", user["id"], user["versao"], {"nome": user["nome"]}))

    def run(self) -> None:
        """Begins with a saga, so that a short run has some."""
        act = self._convert
        while not self.stop_event.wait(self.pace * self.source.random() * 2):
            with contextlib.suppress(Unanswered):  # entered in the ledger
                act()
            act = self._write

    def _write(self) -> None:
        chance = self.source.random()
        if chance < CREATE or not self.open:
            self._create()
        elif chance < CREATE + DELETE:
            self._remove(self._pick(changeable=False))
        elif chance < CREATE + DELETE + CONVERT:
            self._convert()
        else:
            self._change(self._pick(changeable=True))

    def _pick(self, *, changeable: bool) -> Entry:
        """Users are only renamed."""
        return self.source.choice([entry for entry in self.open if changeable or entry.kind != "usuario"] or self.open)

    def _fresh_name(self) -> str:
        self.count += 1
        return f"{self.world.mark} {self.number}.{self.count}"

    def _create(self) -> None:
        kind = self.source.choices(list(KINDS), [weight for *_, weight in KINDS.values()])[0]
        path, campo, _ = KINDS[kind]
        body = {campo: self._fresh_name(), **self._extra(kind)}
        row = self.client.asked("POST", path, body)
        if row is None:
            return
        self._enter(
            Entry(kind, row["id"], row["versao"], {campo: body[campo]}, starts_flow=body.get("origem") == "site", first_name=body[campo])
        )

    def _extra(self, kind: str) -> dict[str, Any]:
        """Some cite other services' records, whose names they then show."""
        cited = {
            name: self.source.choice(found).id for name in ("cliente", "empresa") if (found := [e for e in self.open if e.kind == name])
        }
        if kind == "cliente":
            return {"origem": self.source.choice(["site", "indicacao"])}
        if kind == "oportunidade":
            return {"funil_id": self.world.funil, **({"empresa_id": cited["empresa"]} if "empresa" in cited else {})}
        if kind == "conversa":
            return {"canal_id": self.world.canal, **({"cliente_id": cited["cliente"]} if "cliente" in cited else {})}
        return {}

    def _change(self, entry: Entry) -> None:
        path, campo, _ = KINDS[entry.kind]
        value = self._fresh_name()
        if row := self.client.asked("PATCH", f"{path}/{entry.id}", {campo: value}):
            entry.values, entry.version = {campo: value}, row["versao"]

    def _remove(self, entry: Entry) -> None:
        if entry.kind == "usuario":
            return
        path, *_ = KINDS[entry.kind]
        answer = self.client.send("DELETE", f"{path}/{entry.id}")
        if answer.status_code not in (204, 404):
            self.ledger.refused(f"DELETE {path}: {answer.status_code} {answer.text[:300]}")
            return
        entry.deleted, entry.version = True, entry.version + 1
        self.open.remove(entry)

    def _convert(self) -> None:
        """A saga over four services; every other one is called off before it begins, while it is under way, or too late."""
        name = f"{SAGA}{self._fresh_name()}"
        cliente = self.client.asked("POST", "/gateway/clientes", {"nome": name})
        lead = cliente and self.client.asked("POST", "/gateway/clientes/leads", {"cliente_id": cliente["id"], "empresa_nome": name})
        ready = lead and self.client.asked("POST", f"/gateway/clientes/leads/{lead['id']}/qualificar", {})
        saga = ready and self.client.asked("POST", "/gateway/automacao/sagas/converter-lead", {"lead_id": ready["id"]})
        if saga:
            self.ledger.started(saga["id"], name)
            if self.count % 2:
                self._await_a_step(saga["id"])
                self.client.send("POST", f"/gateway/automacao/sagas/{saga['id']}/cancelar", {})

    def _await_a_step(self, saga_id: str) -> None:
        """Mostly until there is something to undo; a wait that is drawn too short calls it off before it begins."""
        end = time.monotonic() + self.source.random() * A_SAGA
        while time.monotonic() < end:
            steps = self.client.send("GET", f"/gateway/automacao/sagas/{saga_id}").json().get("passos", [])
            if any(step["estado"] == "concluido" for step in steps):
                return
            time.sleep(0.1)

    def _enter(self, entry: Entry) -> None:
        self.ledger.accept(entry)
        self.open.append(entry)
        if len(self.open) > OPEN:
            self.open.pop(1)


def hire(number: int, seed: int, world: World, session: Session, ledger: Ledger, pace: float, stop: threading.Event) -> list[Writer]:
    return [Writer(one, seed, world, session, ledger, pace, stop) for one in range(number)]


def wait_for(writers: Sequence[threading.Thread], seconds: float) -> bool:
    """False when one is still sending after that time."""
    end = time.monotonic() + seconds
    for writer in writers:
        writer.join(max(0.0, end - time.monotonic()))
    return not any(writer.is_alive() for writer in writers)
