"""What the rules of a role take out of deals: a value, and all that it could be reckoned from."""

import pytest

from crm_shared.testing.contract import assert_problem
from crm_shared.testing.field_rules import FieldRulesSuite


class TestValor(FieldRulesSuite):
    recurso, colecao, pagina, campo, segredo = "vendas", "/vendas", "/admin/vendas/oportunidade/", "valor", "98765.43"
    corpo = {"titulo": "Reforma da loja", "origem": "site"}
    importavel, busca, formas = "vendas", "reforma", ("98.765,43", "98765,43")

    @pytest.fixture
    def registro(self, api, funil, produto):
        return api().post(self.colecao, {**self.corpo, "valor": self.segredo}).json()

    def test_nor_do_board_items_and_report(self, api, limitado, registro, funil, produto):
        item = {"produto_id": produto["id"], "quantidade": "3", "preco": "32921.81"}
        assert api().post(f"/vendas/{registro['id']}/itens", item).status_code == 201
        assert "32921.81" not in limitado.get(f"/vendas/{registro['id']}/itens").content.decode()
        self.refused(limitado.post(f"/vendas/{registro['id']}/itens", item))
        board = limitado.get(f"/vendas/funis/{funil['id']}/quadro")
        assert {(coluna["valor"], coluna["valor_ponderado"]) for coluna in board.json()["colunas"]} == {(None, None)}
        assert self.segredo not in board.content.decode()
        assert assert_problem(limitado.get("/vendas/relatorios/funil"), 403)["codigo"] == "campo_restrito"

    def test_no_transition_writes_it(self, limitado, registro):
        self.refused(limitado.post(f"/vendas/{registro['id']}/ganhar", {"valor": "1.00"}), "valor")


class TestFechamentoPrevisto(FieldRulesSuite):
    recurso, colecao, pagina = "vendas", "/vendas", "/admin/vendas/oportunidade/"
    campo, segredo, formas = "fechamento_previsto", "2031-07-19", ("19 de Julho de 2031", "19/07/2031")
    corpo = {"titulo": "Reforma da loja", "origem": "site"}

    @pytest.fixture
    def registro(self, api, funil):
        return api().post(self.colecao, {**self.corpo, "fechamento_previsto": self.segredo}).json()
