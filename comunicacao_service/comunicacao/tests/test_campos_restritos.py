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


@pytest.mark.django_db
@pytest.mark.parametrize(("nivel", "visto"), [("o", {}), ("m", {"protocolo": "***"})])
def test_custom_fields_by_their_key(api, conversa, nivel, visto):
    campo = {"recurso": "conversas", "chave": "protocolo", "rotulo": "Protocolo", "tipo": "texto", "indexado": True}
    assert api().post("/comunicacao/campos-personalizados", campo).status_code == 201
    address = f"/comunicacao/{conversa['id']}"
    assert api().patch(address, {"extras": {"protocolo": "Zq77"}}).status_code == 200
    limitado = api(campos={"comunicacao": {"@protocolo": nivel}})
    assert limitado.get(address).json()["extras"] == limitado.get("/comunicacao").json()["resultados"][0]["extras"] == visto
    for path in (f"{address}/historico", "/comunicacao/eventos"):
        assert "Zq77" not in limitado.get(path).content.decode()
    for answer in (
        limitado.get("/comunicacao", {"q": "@protocolo:Zq77"}),
        limitado.post("/comunicacao/agregar", {"q": "@protocolo:vazio"}),
        limitado.post("/comunicacao/lote", {"operacao": "excluir", "selecao": {"q": "@protocolo:Zq77"}}),
    ):
        assert answer.status_code == 400
    assert limitado.patch(address, {"extras": {"protocolo": "x"}}).status_code == (400 if nivel == "o" else 200)
