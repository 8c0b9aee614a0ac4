"""Channels, conversations and messages in the admin, on MongoDB."""

import pytest

from comunicacao import canais, mensagens, services
from comunicacao.models import Conversa
from crm_shared.records.references import USUARIO, learn
from crm_shared.testing.admin import AdminSuite, form_values

LISTA = "/admin/comunicacao/conversa/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def whatsapp(self, ator):
        return canais.criar_canal(ator=ator, dados={"tipo": "whatsapp", "nome": "Vendas"})

    @pytest.fixture
    def joao(self, ator, whatsapp):
        dados = {"canal_id": whatsapp.pk, "tipo": "wa_id", "id_externo": "5511987654321", "nome": "João", "telefone": "+5511987654321"}
        return canais.criar_identidade(ator=ator, dados=dados)

    @pytest.fixture
    def atraso(self, ator, whatsapp, joao):
        return services.criar_conversa(ator=ator, dados={"canal_id": whatsapp.pk, "identidade_id": joao.pk, "assunto": "Pedido atrasado"})

    @pytest.fixture
    def registros(self, ator, whatsapp, joao, atraso):
        mensagem = mensagens.registrar_mensagem(ator=ator, dados={"conversa_id": atraso.pk, "direcao": "entrada", "conteudo": "Olá"})
        return {
            "comunicacao.Canal": whatsapp,
            "comunicacao.Identidade": joao,
            "comunicacao.Conversa": Conversa.objects.get(),
            "comunicacao.Mensagem": mensagem,
        }

    @pytest.fixture
    def mais(self, ator, bruno, whatsapp):
        def criar():
            for numero in range(5):
                dados = {"canal_id": whatsapp.pk, "assunto": f"Assunto {numero}", "responsavel_id": bruno.id}
                conversa = services.criar_conversa(ator=ator, dados=dados)
                mensagens.registrar_mensagem(ator=ator, dados={"conversa_id": conversa.pk, "direcao": "interna", "conteudo": "x"})

        return criar

    def test_a_conversation_is_changed_and_resolved(self, entrar, atraso, published):
        browser = entrar()
        values = form_values(browser.get(f"{LISTA}{atraso.pk}/change/").content.decode())
        answer = browser.post(f"{LISTA}{atraso.pk}/change/", {**values, "prioridade": "alta"})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        assert browser.post(f"{LISTA}{atraso.pk}/acao/resolver/").status_code == 302
        atraso.refresh_from_db()
        assert (atraso.prioridade, atraso.estado) == ("alta", "resolvida")
        assert published()[-1].tipo == "comunicacao.conversa.resolvida.v1"

    def test_it_is_handed_over(self, entrar, atraso, bruno):
        learn(USUARIO, bruno.id, versao=1, nome="Bruno")
        answer = entrar().post(f"{LISTA}{atraso.pk}/acao/atribuir/", {"enviar": "1", "responsavel_id": str(bruno.id)})
        assert answer.status_code == 302, answer.context["form"].errors
        atraso.refresh_from_db()
        assert atraso.responsavel_id == bruno.id

    def test_personal_data_is_masked(self, entrar, registros, atraso, joao):
        browser = entrar("comunicacao:ler")
        pages = [LISTA, f"{LISTA}{atraso.pk}/change/", "/admin/comunicacao/identidade/", f"/admin/comunicacao/identidade/{joao.pk}/change/"]
        for page in pages:
            assert "987654321" not in browser.get(page).content.decode(), page

    def test_what_was_said_is_not_altered(self, entrar, registros):
        mensagem = registros["comunicacao.Mensagem"]
        assert entrar().post(f"/admin/comunicacao/mensagem/{mensagem.pk}/change/", {"conteudo": "outro"}).status_code == 403
