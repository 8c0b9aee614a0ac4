from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm_shared.testing.files import importar, rodar  # noqa: F401  fixtures

TAREFA = {"titulo": "Ligar para o João", "tipo": "ligacao", "prioridade": "alta", "vencimento_data": "2030-01-15"}


@pytest.fixture
def nova() -> dict[str, Any]:
    """A body that POST /tarefas accepts."""
    return dict(TAREFA)


@pytest.fixture
def tarefa(api: Any, nova: dict[str, Any], db: None) -> dict[str, Any]:
    """A task of ana's, as the API answers."""
    created: dict[str, Any] = api().post("/tarefas", nova).json()
    return created


@pytest.fixture
def mudar(api: Any) -> Callable[..., Any]:
    """`mudar(tarefa, "concluir", resultado="...")` posts the transition."""

    def post(tarefa: dict[str, Any], verbo: str, **body: Any) -> Any:
        return api().post(f"/tarefas/{tarefa['id']}/{verbo}", body)

    return post


@pytest.fixture
def daqui() -> Callable[..., datetime]:
    """`daqui(days=1)`: an instant from now, for what the database compares with its own clock."""
    return lambda **delta: timezone.now() + timedelta(**delta)
