from typing import Any

import pytest

from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    @pytest.fixture
    def references(self, funil: dict[str, Any]) -> dict[str, Any]:
        return {"/vendas/etapas": {"funil_id": funil["id"]}}
