from typing import Any

import pytest

from crm_shared.testing.files import importar, rodar  # noqa: F401  fixtures

CLIENTE = {"nome": "João da Silva", "cpf": "529.982.247-25", "email": "Joao@Exemplo.com.br", "telefone": "(11) 8765-4321", "origem": "site"}


@pytest.fixture
def novo() -> dict[str, Any]:
    """A body that POST /clientes accepts."""
    return dict(CLIENTE)


@pytest.fixture
def joao(api: Any, novo: dict[str, Any], db: None) -> dict[str, Any]:
    """A person of ana's, as the API answers."""
    created: dict[str, Any] = api().post("/clientes", novo).json()
    return created


@pytest.fixture
def exportar(api: Any, rodar: Any) -> Any:  # noqa: F811  the fixture above
    """What the file that `exportar(client, **body)` asks for has in it."""

    def run(client=None, **body):
        client = client or api()
        asked = client.post("/clientes/exportar", body)
        assert asked.status_code == 202, asked.content
        rodar()
        feita = client.get(asked["Location"]).json()
        assert feita["estado"] == "concluida", feita
        answer = client.get(feita["link"])
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content)

    return run
