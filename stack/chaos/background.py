"""Clients that start what then goes on by itself: spreadsheets read in, changed all at once and written out; people who leave."""

import contextlib
import random
import threading
from collections.abc import Callable
from typing import Any

from .client import Client, Session, Unanswered
from .ledger import Batch, Handover, Ledger
from .plan import SPREADSHEETS
from .writers import KINDS, World

ROWS, SHORT = (520, 120, 40, 40, 40), (40,)  # of a spreadsheet, drawn: an import takes 500 in one portion, a change 100
LOTE, CARTEIRA = "Lote ", "Carteira "  # begin the names of what these clients make, which no writer touches
# service -> the field that bears a row's name, another one that is then changed in all of them
FIELDS = {"clientes": ("nome", "campanha"), "tarefas": ("titulo", "notas")}
PORTFOLIO = {"cliente": 5, "empresa": 1, "oportunidade": 1, "conversa": 1, "tarefa": 1}
ENDED = ("concluida", "falhou", "cancelada", "desfeita")
SAGAS = "/gateway/automacao/sagas"


class Starter(threading.Thread):
    """Does one thing after the other until it is stopped; only `once` in a short run."""

    def __init__(self, name: str, seed: int, world: World, session: Session, ledger: Ledger, stop: threading.Event, *, once: bool) -> None:
        super().__init__(name=name, daemon=True)
        self.world, self.ledger, self.stop_event, self.once = world, ledger, stop, once
        self.source = random.Random(f"{seed} {name}")
        self.client = Client(session, ledger)
        self.count = 0

    def run(self) -> None:
        while not self.stop_event.wait(self.source.random()):
            self.count += 1
            with contextlib.suppress(Unanswered):  # entered in the ledger
                self.act()
            if self.once:
                return

    def act(self) -> None:
        raise NotImplementedError

    def sign(self) -> str:
        """None is the beginning of another: they are searched for."""
        return f"{self.world.mark}{self.name}v{self.count:04}"

    def until(self, path: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """What the address answers once it is ready; None when the run is over before."""
        while not self.stop_event.wait(0.5):
            row = self.client.asked("GET", path)
            if row is not None and ready(row):
                return row
        return None


class Spreadsheets(Starter):
    """Reads one in, changes one field of all its rows, writes them out and looks at the file."""

    def __init__(self, service: str, number: int, *arguments: Any, once: bool) -> None:
        super().__init__(f"{service}{number}", *arguments, once=once)
        self.service, self.gateway = service, f"/gateway/{service}"

    def act(self) -> None:
        batch = Batch(self.service, self.sign(), self.source.choice(SHORT if self.once else ROWS))
        self.ledger.batches.append(batch)
        if self._read_in(batch) and self._changed(batch):
            self._write_out(batch)

    def _read_in(self, batch: Batch) -> bool:
        column = FIELDS[self.service][0]
        made = self.client.asked("POST", f"{self.gateway}/importacoes", {"recurso": self.service, "nome": f"{batch.sign}.csv"})
        sheet = "\n".join([column, *names_of(batch)]).encode()
        if made is None or self.client.asked("PUT", f"{self.gateway}/importacoes/{made['id']}/arquivo", file=sheet) is None:
            return False
        operation = self.client.asked("POST", f"{self.gateway}/importacoes/{made['id']}/executar", {})
        batch.imported = operation is not None
        return self._done(operation)

    def _changed(self, batch: Batch) -> bool:
        body = {"operacao": "atualizar", "selecao": {"busca": batch.sign}, "valores": {FIELDS[self.service][1]: batch.sign}}
        operation = self.client.asked("POST", f"{self.gateway}/lote", body)
        batch.changed = operation is not None
        return self._done(operation)

    def _write_out(self, batch: Batch) -> None:
        asked = self.client.asked("POST", f"{self.gateway}/exportar", {"busca": batch.sign, "campos": [FIELDS[self.service][0]]})
        if not self._done(asked) or asked is None:
            return
        export = self.client.asked("GET", f"{self.gateway}/exportacoes/{asked['id']}")
        link = export and export["link"]
        if link:
            answer = self.client.send("GET", link if link.startswith("/gateway") else f"/gateway{link}")
            batch.file = answer.content.decode("utf-8-sig").splitlines()[1:]
        else:
            self.ledger.refused(f"exportação sem arquivo: {export}")

    def _done(self, operation: dict[str, Any] | None) -> bool:
        path = operation and f"{self.gateway}/operacoes/{operation['id']}"
        ended = self.until(path, lambda row: row["estado"] in ENDED) if path else None
        if ended and ended["estado"] != "concluida":
            self.ledger.refused(f"{path}: {ended['estado']} {ended['motivo']}")
        return bool(ended and ended["estado"] == "concluida")


class Handovers(Starter):
    """Somebody comes, gets records in five services, and leaves in another's favour."""

    def act(self) -> None:
        sign = self.sign()
        body = {"nome": f"{CARTEIRA}{sign}", "email": f"{sign}@caos.example.com", "senha": self.world.senha, "papel_id": self.world.papel}
        leaver = self.client.asked("POST", "/auth/usuarios", body)
        if leaver is None:
            return
        heir = self.source.choice(self.world.usuarios)["id"]
        records = {
            kind: [self._owned(kind, leaver["id"], f"{CARTEIRA}{sign} {n}") for n in range(many)] for kind, many in PORTFOLIO.items()
        }
        handover = Handover(leaver["id"], heir, {kind: [pk for pk in made if pk] for kind, made in records.items()})
        if self.client.asked("POST", f"/auth/usuarios/{leaver['id']}/desativar", {"transferir_para": heir}):
            self.ledger.handovers.append(handover)
            self.until(f"{SAGAS}?tipo=entregar-carteira&alvo_id={leaver['id']}", _over)

    def _owned(self, kind: str, owner: str, name: str) -> str | None:
        path, column = KINDS[kind][:2] if kind in KINDS else ("/gateway/tarefas", "titulo")
        needs = {
            "oportunidade": {"funil_id": self.world.funil},
            "conversa": {"canal_id": self.world.canal},
            "tarefa": {"prazo_dias_uteis": 1},
        }
        made = self.client.asked("POST", path, {column: name, "responsavel_id": owner, **needs.get(kind, {})})
        return str(made["id"]) if made else None


def names_of(batch: Batch) -> list[str]:
    return [f"{LOTE}{batch.sign} {number:03}" for number in range(batch.rows)]


def _over(sagas: dict[str, Any]) -> bool:
    return any(saga["estado"] in ("concluida", "compensada") for saga in sagas["resultados"])


def hire(seed: int, world: World, session: Session, ledger: Ledger, stop: threading.Event, *, once: bool) -> list[Starter]:
    """Two spreadsheets at once in each service: while one waits for the lease of a process that died, there is another to die over."""
    own = (seed, world, session, ledger, stop)
    sheets = [Spreadsheets(name, number, *own, once=once) for name in SPREADSHEETS for number in range(1 if once else 2)]
    return [*sheets, *[Handovers(f"carteira{number}", *own, once=once) for number in range(1 if once else 2)]]
