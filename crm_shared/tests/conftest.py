"""Tests of the library on its example service, with a stream of their own on the real bus."""

from typing import Any
from uuid import uuid4

import pytest

from crm_shared.events.contracts import clientes


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
