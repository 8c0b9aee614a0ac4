"""Deals and how the company sells in the admin."""

import pytest

from crm_shared.testing.admin import AdminSuite
from vendas import catalogo, funis, itens, services
from vendas.models import Funil, HistoricoEtapa, Oportunidade

LISTA = "/admin/vendas/oportunidade/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def funil(self, ator):
        return funis.criar_funil(ator=ator, dados={"nome": "Novos negócios"})

    @pytest.fixture
    def reforma(self, ator, funil):
        return services.criar_oportunidade(ator=ator, dados={"titulo": "Reforma da loja", "valor": 1000})

    @pytest.fixture
    def motivo(self, ator):
        return catalogo.criar_motivo(ator=ator, dados={"nome": "Preço"})

    @pytest.fixture
    def registros(self, ator, funil, reforma, motivo):
        produto = catalogo.criar_produto(ator=ator, dados={"nome": "Consultoria", "preco": 150})
        item = itens.criar_item(ator=ator, dados={"oportunidade_id": reforma.pk, "produto_id": produto.pk, "quantidade": 2})
        return {
            "vendas.Oportunidade": Oportunidade.objects.get(),
            "vendas.ItemOportunidade": item,
            "vendas.HistoricoEtapa": HistoricoEtapa.objects.get(),
            "vendas.Funil": funil,
            "vendas.Etapa": reforma.etapa,
            "vendas.Produto": produto,
            "vendas.MotivoPerda": motivo,
        }

    @pytest.fixture
    def mais(self, ator, bruno):
        def criar():
            for numero in range(5):
                services.criar_oportunidade(ator=ator, dados={"titulo": f"Negócio {numero}", "responsavel_id": bruno.id})
                catalogo.criar_produto(ator=ator, dados={"nome": f"Produto {numero}"})

        return criar

    def test_a_deal_is_won_by_its_button(self, entrar, reforma, published):
        answer = entrar().post(f"{LISTA}{reforma.pk}/acao/ganhar/", {"enviar": "1", "versao": reforma.versao, "valor": "1200.00"})
        assert answer.status_code == 302, answer.context["form"].errors
        reforma.refresh_from_db()
        assert (reforma.status, reforma.valor) == ("ganha", 1200)
        assert published()[-1].tipo == "vendas.oportunidade.ganha.v1"

    def test_losing_asks_for_the_reason(self, entrar, reforma, motivo):
        browser, path = entrar(), f"{LISTA}{reforma.pk}/acao/perder/"
        assert 'name="motivo_perda_id"' in browser.post(path, {"versao": reforma.versao}).content.decode()
        assert browser.post(path, {"enviar": "1"}).status_code == 200
        assert browser.post(path, {"enviar": "1", "motivo_perda_id": str(motivo.pk)}).status_code == 302
        reforma.refresh_from_db()
        assert reforma.motivo_perda_id == motivo.pk

    def test_an_unknown_stage_is_refused_beside_the_field(self, entrar, reforma):
        answer = entrar().post(f"{LISTA}{reforma.pk}/acao/mover/", {"enviar": "1", "etapa_id": str(reforma.pk)})
        assert answer.status_code == 200
        assert answer.context["form"].errors

    def test_who_only_sells_changes_no_funnel(self, entrar, funil):
        browser = entrar("vendas:ler", "vendas:editar", "vendas:criar")
        assert browser.get("/admin/vendas/funil/").status_code == 200
        assert browser.post(f"/admin/vendas/funil/{funil.pk}/change/", {"nome": "Outro"}).status_code == 403
        assert browser.get("/admin/vendas/funil/add/").status_code == 403

    def test_a_funnel_is_made_with_its_stages_as_json(self, entrar):
        etapas = '[{"nome": "Contato", "probabilidade": 10}]'
        answer = entrar().post("/admin/vendas/funil/add/", {"nome": "Parcerias", "moeda": "BRL", "ativo": "on", "etapas": etapas})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        assert Funil.objects.get().etapas.filter(nome="Contato").exists()
