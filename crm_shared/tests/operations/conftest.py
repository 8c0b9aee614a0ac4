"""The loop without its process: each call of `turno` is one turn, `ate_o_fim` as many as it takes."""

import threading
from collections.abc import Callable

import pytest

from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner


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
