"""Tests of the library on its example service, with a stream of their own on the real bus."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from crm_shared.events.contracts import clientes
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every name of a stream gets a prefix of this test's; all are removed afterwards."""
    from crm_shared import bus

    prefix = f"teste:{uuid4().hex}:"
    monkeypatch.setattr(bus, "stream_of", lambda service: prefix + service)
    yield bus.stream_of
    for name in bus.connection().scan_iter(prefix + "*"):
        bus.connection().delete(name)


@pytest.fixture
def cliente() -> Any:
    """`cliente("Ana")` is the event of a new person of that name."""

    def make(nome: str, contract: Any = clientes.ClienteCriado) -> Any:
        return contract(nome=nome, cpf="", email="", telefone="", ciclo_vida="lead", origem="site", responsavel_id=None, equipe_id=None)

    return make


# The loop of operations without its process: each call of `turno` is one turn, `ate_o_fim` as many as it takes.


@pytest.fixture
def turno(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """One portion for one operation."""
    monkeypatch.setattr("crm_shared.operations.runner._SLICE", 0)
    monkeypatch.setattr("crm_shared.operations.runner._IDLE", 0)
    stop = threading.Event()

    def turn() -> None:
        Runner().turn(stop)

    return turn


@pytest.fixture
def ate_o_fim(turno: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(300):
            if not Operacao.objects.filter(estado__in=Operacao.WAITING).exists():
                return
            turno()
        raise AssertionError("it does not end")

    return run
