"""Conversations and identities of somebody who left."""

import pytest

from crm_shared.testing.handover import HandoverSuite

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    @pytest.fixture
    def owned(self, api, nova, conversa, identidade):
        resolvida = api().post("/comunicacao", nova).json()
        assert api().post(f"/comunicacao/{resolvida['id']}/resolver").status_code == 200
        return {"comunicacao": [conversa["id"], resolvida["id"]], "comunicacao/identidades": [identidade["id"]]}
