from typing import Any

import pytest

from crm_shared.testing.contract import ContractSuite


class TestContrato(ContractSuite):
    @pytest.fixture
    def references(self, canal: dict[str, Any]) -> dict[str, Any]:
        return {path: {"canal_id": canal["id"]} for path in ("/comunicacao", "/comunicacao/identidades")}
