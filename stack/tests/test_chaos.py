"""`./crm chaos` itself: the same seed is the same run, and the verdict turns red for each kind of fault."""

from collections import Counter
from itertools import islice
from typing import Any

import pytest

from stack.chaos.crashes import HERE, lanes
from stack.chaos.faults import FAULTS
from stack.chaos.ledger import Entry, Ledger
from stack.chaos.plan import DECKS, one_of_each, steps
from stack.chaos.readings import Told
from stack.chaos.verdict import judge

PARTS = tuple(DECKS)
GAP = (1.0, 5.0)
ANA = "00000000-0000-7000-8000-000000000001"


def test_a_seed_is_a_run() -> None:
    def first(seed: int) -> list[Any]:
        return list(islice(steps(seed, PARTS, GAP), 200))

    assert first(1) == first(1) != first(2)


def test_every_fault_is_dealt() -> None:
    kinds = {fault for deck in DECKS.values() for fault in deck}
    assert kinds == set(FAULTS)
    assert {step.fault for step in islice(steps(1, PARTS, GAP), sum(map(len, DECKS.values())) * 4)} == kinds
    assert Counter(step.fault for step in one_of_each(1, PARTS, GAP)) == dict.fromkeys(kinds, 1)


def test_every_crash_point_has_a_process_that_may_die_there() -> None:
    assert {name for lane in lanes() for name in lane.points} == set(HERE)


class Stores:
    """What the stores hold after ana was created and renamed, and everybody heard of it in order."""

    def __init__(self) -> None:
        self.log = [
            Told(f"e{v}", tipo, "clientes.cliente", ANA, v, published=True)
            for v, tipo in ((1, TIPO.format("criado")), (2, TIPO.format("atualizado")))
        ]
        self.stored = {"clientes_cliente": {ANA: (2, "Ana", False)}, "tarefas_tarefa": {"t": (1, "Caos: A", False)}}
        self.heard = {name: ["e1", "e2"] for name in ("vendas", "comunicacao", "tarefas", "automacao")}
        self.copy = ("Ana", "ok", 2)
        self.dead = 0

    def events(self, service: str) -> list[Told]:
        return self.log if service == "clientes" else []

    def records(self, service: str, table: str, column: str) -> dict[str, Any]:
        return self.stored.get(table, {})

    def effects(self, service: str) -> list[str]:
        return self.heard.get(service, [])

    def references(self, service: str) -> dict[str, Any]:
        return {ANA: self.copy}

    def count(self, service: str, table: str, where: str = "", document: object = None) -> int:
        return self.dead if "carta" in table and service == "vendas" else 0


TIPO = "clientes.cliente.{}.v1"


@pytest.fixture
def stores() -> Stores:
    return Stores()


def verdict(stores: Stores) -> Any:
    ledger = Ledger()
    ledger.accept(Entry("cliente", ANA, 2, {"nome": "Ana"}, starts_flow=True, first_name="A"))
    return judge(ledger, stores, set())  # type: ignore[arg-type]


def test_all_well(stores: Stores) -> None:
    found = verdict(stores)
    assert found.good, found
    assert (found.events, found.tasks) == (2, 1)


@pytest.mark.parametrize("table", ["clientes_cliente", "tarefas_tarefa"])
def test_a_lost_row(stores: Stores, table: str) -> None:
    stores.stored[table] = {}
    assert verdict(stores).lost


def test_an_older_value(stores: Stores) -> None:
    stores.stored["clientes_cliente"] = {ANA: (2, "A", False)}
    assert verdict(stores).lost


def test_a_gap_in_the_log(stores: Stores) -> None:
    del stores.log[0]
    assert verdict(stores).lost


def test_an_event_that_nobody_heard(stores: Stores) -> None:
    stores.heard["tarefas"] = ["e1"]
    assert verdict(stores).lost


def test_a_stale_copy(stores: Stores) -> None:
    stores.copy = ("A", "ok", 1)
    assert verdict(stores).lost


def test_an_event_heard_twice(stores: Stores) -> None:
    stores.heard["vendas"] = ["e1", "e2", "e1"]
    found = verdict(stores)
    assert found.doubled
    assert not found.lost


def test_a_second_task(stores: Stores) -> None:
    stores.stored["tarefas_tarefa"]["u"] = (1, "Caos: A", False)
    assert verdict(stores).doubled


def test_a_record_that_nobody_asked_for(stores: Stores) -> None:
    stores.stored["clientes_cliente"]["x"] = (1, "Xavier", False)
    assert verdict(stores).doubled


def test_the_wrong_order(stores: Stores) -> None:
    stores.heard["automacao"] = ["e2", "e1"]
    assert verdict(stores).disordered


def test_a_dead_letter(stores: Stores) -> None:
    stores.dead = 1
    assert verdict(stores).letters
