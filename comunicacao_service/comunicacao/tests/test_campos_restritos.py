"""What the rules of a role take out of conversations, on MongoDB."""

import pytest

from crm_shared.testing.field_rules import FieldRulesSuite
from crm_shared.testing.files import rodar  # noqa: F401  a fixture


class TestAssunto(FieldRulesSuite):
    recurso, colecao, pagina = "comunicacao", "/comunicacao", "/admin/comunicacao/conversa/"
    campo, segredo = "assunto", "Xistoverde"
    corpo = {}

    @pytest.fixture
    def registro(self, api, canal):
        type(self).corpo = {"canal_id": canal["id"]}
        return api().post(self.colecao, {"canal_id": canal["id"], "assunto": self.segredo}).json()


class TestPrioridade(TestAssunto):
    campo, segredo, busca = "prioridade", "urgente", "Xistoverde"

    @pytest.fixture
    def registro(self, api, canal):
        type(self).corpo = {"canal_id": canal["id"]}
        return api().post(self.colecao, {"canal_id": canal["id"], "assunto": "Xistoverde", "prioridade": "urgente"}).json()


@pytest.mark.django_db
def test_what_was_said_and_the_number_go_with_what_tells_them(api, conversa, identidade, escrever):
    escrever("entrada", "Palavras ditas", id_externo="wamid.77")
    limitado = api(campos={"comunicacao": {"conteudo": "o", "telefone": "o"}})
    identidades, mensagens = "/comunicacao/identidades", f"/comunicacao/{conversa['id']}/mensagens"
    for path in (identidades, f"{identidades}/{identidade['id']}", mensagens, "/comunicacao", f"/comunicacao/{conversa['id']}"):
        text = limitado.get(path).content.decode()
        assert not [secret for secret in ("Palavras ditas", "87654321") if secret in text], path
    assert limitado.get(identidades, {"telefone": "11 8765-4321"}).status_code == 400
    assert limitado.get(identidades, {"id_externo": "551187654321"}).status_code == 400
    assert limitado.get(identidades, {"busca": "8765-4321"}).status_code == 400
    assert limitado.post(mensagens, {"direcao": "nota", "conteudo": "x"}).status_code == 400
