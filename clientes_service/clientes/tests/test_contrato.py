from typing import Any

import pytest

from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    @pytest.fixture
    def references(self, joao: dict[str, Any]) -> dict[str, Any]:
        return {"/clientes/leads": {"cliente_id": joao["id"]}}
