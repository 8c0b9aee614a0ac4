"""Related records inside a deal: its stage and funnel as their lists show them, company and person from their snapshots."""

from typing import Any
from uuid import uuid4

import pytest

from crm_shared.records.references import EMPRESA, learn
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


def test_own_and_others_in_a_query_per_kind(api: Any, oportunidade: Any, etapas: Any, django_assert_num_queries: Any) -> None:
    empresa = uuid4()
    learn(EMPRESA, empresa, versao=1, nome="Padaria Ltda")
    api().post("/vendas", {"titulo": "Fornos", "empresa_id": str(empresa), "etapa_id": etapas["Proposta"]})
    with django_assert_num_queries(4):  # deals, stages, funnels, and all that other services own
        rows = api().get("/vendas", {"expandir": "etapa,funil,empresa,responsavel", "ordenar": "-criado_em"}).json()["resultados"]
    assert [row["etapa"]["nome"] for row in rows] == ["Proposta", "Prospecção"]
    assert rows[0]["funil"]["id"] == rows[0]["funil_id"]
    assert [row["empresa"] for row in rows] == [{"id": str(empresa), "nome": "Padaria Ltda", "estado": "ok"}, None]


def test_items_show_their_product_to_who_may_read_products(api: Any, oportunidade: Any, produto: Any) -> None:
    path = f"/vendas/{oportunidade['id']}/itens"
    api().post(path, {"produto_id": produto["id"], "quantidade": "2"})
    row = api().get(path, {"campos": "quantidade", "expandir": "produto"}).json()["resultados"][0]
    assert row["produto"]["codigo"] == produto["codigo"]
    assert_problem(api("vendas:ler").get(path, {"expandir": "produto"}), 403)
