"""Tasks of somebody who left, finished and cancelled ones too."""

import pytest

from crm_shared.testing.handover import HandoverSuite

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntrega(HandoverSuite):
    @pytest.fixture
    def owned(self, api, nova, tarefa, mudar):
        feita, cancelada = (api().post("/tarefas", nova).json() for _ in range(2))
        assert mudar(feita, "concluir").status_code == 200
        assert mudar(cancelada, "cancelar", motivo="Desistiu").status_code == 200
        return {"tarefas": [tarefa["id"], feita["id"], cancelada["id"]]}
