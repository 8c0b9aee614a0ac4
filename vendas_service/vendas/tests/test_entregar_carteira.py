"""Deals of somebody who left, closed ones too."""

import pytest

from crm_shared.testing.handover import HandoverSuite

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    @pytest.fixture
    def owned(self, api, oportunidade, motivo, passar):
        ganha, perdida = (api().post("/vendas", {"titulo": titulo}).json() for titulo in ("Ganha", "Perdida"))
        assert passar(ganha, "ganhar", valor="10.00").status_code == 200
        assert passar(perdida, "perder", motivo_perda_id=motivo["id"]).status_code == 200
        return {"vendas": [oportunidade["id"], ganha["id"], perdida["id"]]}
