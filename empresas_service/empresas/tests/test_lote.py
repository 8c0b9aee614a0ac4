"""Companies in bulk, by their CNPJ."""

import pytest

from empresas.models import Empresa

pytestmark = pytest.mark.django_db
CNPJ = "12.ABC.345/01DE-35"


def test_upsert_by_cnpj(api, published):
    corpo = {
        "operacao": "upsert",
        "chave": "cnpj",
        "itens": [{"cnpj": CNPJ, "razao_social": "Estrela Ltda."}, {"cnpj": "1", "razao_social": "x"}],
    }
    first = api().post("/empresas/lote", corpo).json()["resultados"]
    assert [item["status"] for item in first] == [201, 400]
    corpo["itens"] = [{"cnpj": "12abc34501de35", "nome_fantasia": "Estrela"}]
    [again] = api().post("/empresas/lote", corpo).json()["resultados"]
    assert (again["status"], again["id"], again["versao"]) == (200, first[0]["id"], 2)
    assert Empresa.objects.get().nome_fantasia == "Estrela"
    assert [evento.tipo.split(".")[2] for evento in published()] == ["criada", "atualizada"]
