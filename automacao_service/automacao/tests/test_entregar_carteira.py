"""Flows of somebody who left. Webhooks show what their owner sees, and sagas are done in somebody's name: both keep theirs."""

import pytest

from automacao.models import Fluxo
from crm_shared.testing.handover import HandoverSuite, run

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    stays = frozenset({"Webhook", "Saga"})

    @pytest.fixture
    def owned(self, api, novo, fluxo):
        rascunho, arquivado = (api().post("/automacao", novo).json() for _ in range(2))
        assert api().post(f"/automacao/{arquivado['id']}/arquivar").status_code == 200
        return {"automacao": [fluxo["id"], rascunho["id"], arquivado["id"]]}

    def test_a_flow_in_force_rests_until_its_new_owner_wants_it(self, api, bruno, fluxo, hand_over):
        hand_over("automacao")
        run()
        assert Fluxo.objects.get(pk=fluxo["id"]).estado == Fluxo.Estado.PAUSADO
        assert api(como=bruno).post(f"/automacao/{fluxo['id']}/retomar").json()["estado"] == "ativo"
