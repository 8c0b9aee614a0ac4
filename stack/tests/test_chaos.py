"""`./crm chaos` itself: the same seed is the same run, and the verdict turns red for each kind of fault."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from crm_shared.crash_points import POINTS
from stack.chaos.background import names_of
from stack.chaos.crashes import lanes
from stack.chaos.faults import FAULTS
from stack.chaos.ledger import Batch, Entry, Handover, Ledger
from stack.chaos.plan import DECKS, one_of_each, steps
from stack.chaos.readings import Owned, Told
from stack.chaos.receiver import Arrival
from stack.chaos.verdict import judge

PARTS = tuple(DECKS)
GAP = (1.0, 5.0)
ANA = "00000000-0000-7000-8000-000000000001"
XICA, BRUNO = "de", "para"
BATCH = Batch("clientes", "sinal", 520, imported=True, changed=True)
TOLD = "empresas.empresa.{}.v1"


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
    assert {name for lane in lanes() for name in lane.points} == set(POINTS)


class Stores:
    """What the stores hold after ana was created and renamed, and everybody heard of it in order; a spreadsheet came, Xica left."""

    def __init__(self) -> None:
        self.log = [
            Told(f"e{v}", tipo, "clientes.cliente", ANA, v, published=True)
            for v, tipo in ((1, TIPO.format("criado")), (2, TIPO.format("atualizado")))
        ]
        self.stored = {"clientes_cliente": {ANA: (2, "Ana", False)}, "tarefas_tarefa": {"t": (1, "Caos: A", False)}}
        self.heard = {name: ["e1", "e2"] for name in ("vendas", "comunicacao", "tarefas")} | {"automacao": ["e1", "e2", "w1", "w2"]}
        self.copy = ("Ana", "ok", 2)
        self.dead = self.broken = 0
        self.companies = [Told(f"w{v}", TOLD.format(what), "x", "padaria", v, True) for v, what in ((1, "criada"), (2, "atualizada"))]
        self.arrivals = [Arrival(f"d{v}", f"w{v}", "padaria", v) for v in (1, 2, 1)]
        self.rows = [(name, 2, "sinal") for name in names_of(BATCH)]
        self.file = names_of(BATCH)
        self.sagas = [(XICA, "concluida")]
        self.owners = {"c": Owned(BRUNO, 2), "d": Owned(ANA, 1)}

    def events(self, service: str) -> list[Told]:
        return {"clientes": self.log, "empresas": self.companies}.get(service, [])

    def named(self, service: str, *_: str) -> list[tuple[str, int, str]]:
        return self.rows if service == "clientes" else []

    def owned(self, service: str, table: str) -> dict[str, Owned]:
        return self.owners if table == "clientes_cliente" else {}

    def conversions(self) -> list[tuple[str, str]]:
        return []

    def handovers(self) -> list[tuple[str, str]]:
        return self.sagas

    def records(self, service: str, table: str, column: str) -> dict[str, Any]:
        return self.stored.get(table, {})

    def effects(self, service: str) -> list[str]:
        return self.heard.get(service, [])

    def references(self, service: str) -> dict[str, Any]:
        return {ANA: self.copy}

    def count(self, service: str, table: str, where: str = "", document: object = None) -> int:
        if "operacao" in table and where:
            return self.broken
        return self.dead if "carta" in table and service == "vendas" else 0


TIPO = "clientes.cliente.{}.v1"


@pytest.fixture
def stores() -> Stores:
    return Stores()


def verdict(stores: Stores) -> Any:
    ledger = Ledger()
    ledger.accept(Entry("cliente", ANA, 2, {"nome": "Ana"}, starts_flow=True, first_name="A"))
    ledger.batches.append(replace(BATCH, file=stores.file))
    ledger.handovers.append(Handover(XICA, BRUNO, {"cliente": ["c"]}))
    return judge(ledger, stores, set(), stores.arrivals)  # type: ignore[arg-type]


def test_all_well(stores: Stores) -> None:
    found = verdict(stores)
    assert found.good, found
    assert (found.events, found.tasks, found.handovers) == (4, 1, 1)
    assert (found.webhooks, found.webhooks_again) == (2, 1)


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
    stores.heard["automacao"].reverse()
    assert verdict(stores).disordered


def test_a_dead_letter(stores: Stores) -> None:
    stores.dead = 1
    assert verdict(stores).letters


@pytest.mark.parametrize("rows", [519, 0])
def test_a_row_of_a_spreadsheet_that_is_not_there(stores: Stores, rows: int) -> None:
    stores.rows = stores.rows[:rows]
    assert verdict(stores).lost


def test_a_portion_done_twice(stores: Stores) -> None:
    stores.rows += stores.rows[:500]
    found = verdict(stores)
    assert found.doubled
    assert not found.lost


@pytest.mark.parametrize(("version", "value", "kind"), [(1, "", "lost"), (3, "sinal", "doubled")])
def test_a_row_changed_never_or_twice(stores: Stores, version: int, value: str, kind: str) -> None:
    stores.rows[7] = (stores.rows[7][0], version, value)
    assert getattr(verdict(stores), kind)


@pytest.mark.parametrize(("change", "kind"), [(lambda file: file[1:], "lost"), (lambda file: [*file, file[0]], "doubled")])
def test_a_file_that_lacks_or_repeats_a_row(stores: Stores, change: Any, kind: str) -> None:
    stores.file = change(stores.file)
    assert getattr(verdict(stores), kind)


def test_an_operation_that_failed(stores: Stores) -> None:
    stores.broken = 1
    assert verdict(stores).lost


def test_a_webhook_that_never_came(stores: Stores) -> None:
    stores.arrivals = stores.arrivals[:1]
    assert verdict(stores).lost


def test_a_webhook_under_two_ids(stores: Stores) -> None:
    stores.arrivals.append(Arrival("d3", "w2", "padaria", 2))
    assert verdict(stores).doubled


def test_webhooks_in_the_wrong_order(stores: Stores) -> None:
    stores.arrivals.reverse()
    assert verdict(stores).good, "the repeated one is not the first"
    stores.arrivals = [stores.arrivals[1], stores.arrivals[0]]
    assert verdict(stores).disordered


@pytest.mark.parametrize("sagas", [[], [(XICA, "executando")], [(XICA, "compensada")]])
def test_a_handover_that_did_not_end_well(stores: Stores, sagas: list[tuple[str, str]]) -> None:
    stores.sagas = sagas
    assert verdict(stores).lost


def test_two_handovers_for_one(stores: Stores) -> None:
    stores.sagas *= 2
    assert verdict(stores).doubled


def test_a_record_that_is_not_the_heirs(stores: Stores) -> None:
    stores.owners["c"] = Owned(ANA, 2)
    assert verdict(stores).lost


def test_a_record_handed_over_twice(stores: Stores) -> None:
    stores.owners["c"] = Owned(BRUNO, 3)
    assert verdict(stores).doubled


def test_a_record_that_stayed(stores: Stores) -> None:
    stores.owners["d"] = Owned(XICA, 1)
    assert verdict(stores).lost
