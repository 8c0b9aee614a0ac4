"""Companies of somebody who left."""

import pytest

from crm_shared.testing.handover import HandoverSuite

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    @pytest.fixture
    def owned(self, api, padaria):
        filial = api().post("/empresas", {"nome_fantasia": "Pão Quente Centro", "controladora_id": padaria["id"]}).json()
        return {"empresas": [padaria["id"], filial["id"]]}
