"""People and leads of somebody who left."""

import pytest

from crm_shared.records.models import uuid7
from crm_shared.testing.handover import HandoverSuite

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    @pytest.fixture
    def owned(self, api, joao):
        def lead(*verbos):
            criado = api().post("/clientes/leads", {"cliente_id": joao["id"]}).json()
            for verbo, corpo in verbos:
                assert api().post(f"/clientes/leads/{criado['id']}/{verbo}", corpo).status_code == 200
            return criado["id"]

        qualificar = ("qualificar", {})
        convertido = lead(qualificar, ("converter", {"oportunidade_id": str(uuid7())}))
        leads = [lead(), lead(qualificar), lead(("desqualificar", {"motivo": "Sem orçamento"})), convertido]
        return {"clientes": [joao["id"]], "clientes/leads": leads}
