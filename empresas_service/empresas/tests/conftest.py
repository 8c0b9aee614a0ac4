from typing import Any

import pytest

from crm_shared.testing.files import importar, rodar  # noqa: F401  fixtures

EMPRESA = {
    "razao_social": "Padaria São João Ltda",
    "nome_fantasia": "Pão Quente",
    "cnpj": "12.ABC.345/01DE-35",
    "site": "www.paoquente.com.br",
    "telefone": "(11) 98765-4321",
    "email": "Contato@PaoQuente.com.br",
    "segmento": "alimentação",
}


@pytest.fixture
def nova() -> dict[str, Any]:
    """A body that POST /empresas accepts."""
    return dict(EMPRESA)


@pytest.fixture
def padaria(api: Any, nova: dict[str, Any], db: None) -> dict[str, Any]:
    """A company of ana's, as the API answers."""
    created: dict[str, Any] = api().post("/empresas", nova).json()
    return created
