"""Fixtures of imports and exports: the loop of operations without its process, and the steps of an import in one call.

A service's tests/conftest.py has them by `from crm_shared.testing.files import *`.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["importar", "rodar"]

Importar = Callable[..., dict[str, Any]]


@pytest.fixture
def rodar(db: None) -> Callable[[], None]:
    """Work off all that waits."""
    from crm_shared.operations.models import Operacao
    from crm_shared.operations.runner import Runner

    def run() -> None:
        for _ in range(200):
            if not Operacao.objects.filter(estado__in=Operacao.WAITING).exists():
                return
            Runner().turn(threading.Event())
        raise AssertionError("it does not end")

    return run


@pytest.fixture
def importar(api: Any, rodar: Callable[[], None]) -> Importar:
    """`importar("clientes", texto)` sends a file; with `passo="executar"` or "simular" it also works it off.

    Answers {importacao, operacao, itens}; `itens` by line: {status, registro_id, erros}.
    """
    from django.conf import settings

    def run(recurso: str, content: str | bytes, passo: str = "executar", *, por: Any = None, **config: Any) -> dict[str, Any]:
        client = por or api()
        base = f"/{settings.SERVICE}/importacoes"
        first: dict[str, Any] = {name: config.pop(name) for name in ("modo", "chave") if name in config}
        made = client.post(base, {"recurso": recurso, "nome": "planilha.csv", **first})
        assert made.status_code == 201, made.content
        address = made["Location"]
        body = content.encode() if isinstance(content, str) else content
        sent = client.generic("PUT", f"{address}/arquivo", body, content_type="text/csv")
        assert sent.status_code == 200, sent.content
        if config:
            sent = client.patch(address, config)
            assert sent.status_code == 200, sent.content
        started = client.post(f"{address}/{passo}")
        assert started.status_code == 202, started.content
        rodar()
        operacao = client.get(started["Location"]).json()
        rows = client.get(f"{started['Location']}/itens", {"limite": 200}).json()["resultados"]
        itens = {row["indice"]: row for row in rows}
        return {"importacao": client.get(address).json(), "operacao": operacao, "itens": itens, "endereco": address}

    return run
