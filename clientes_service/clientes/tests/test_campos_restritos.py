"""What the rules of a role take out of people and leads."""

import pytest

from crm_shared.testing.contract import assert_problem
from crm_shared.testing.field_rules import FieldRulesSuite

CPF, EMAIL = "52998224725", "joao@exemplo.com.br"
pytestmark = pytest.mark.django_db


class _DePessoas(FieldRulesSuite):
    recurso, colecao, pagina = "clientes", "/clientes", "/admin/clientes/cliente/"
    corpo = {"nome": "João da Silva", "origem": "site"}
    importavel, chave = "clientes", True

    @pytest.fixture
    def registro(self, joao):
        return joao


class TestCPF(_DePessoas):
    campo, segredo, busca = "cpf", CPF, "joão"


class TestEmail(_DePessoas):
    """With all contacts of the person: each may be it."""

    campo, segredo = "email", EMAIL

    def test_nor_do_the_contacts(self, limitado, joao):
        assert "meios" not in limitado.get(f"/clientes/{joao['id']}").json()
        meios = f"/clientes/{joao['id']}/meios"
        assert all("valor" not in meio for meio in limitado.get(meios).json()["resultados"])
        self.refused(limitado.post(meios, {"tipo": "email", "valor": "outro@exemplo.com.br"}), "valor")


class TestValorEstimado(FieldRulesSuite):
    recurso, colecao, pagina, campo, segredo = "leads", "/clientes/leads", "/admin/clientes/lead/", "valor_estimado", "87654.32"
    importavel = "leads"
    corpo = {}

    @pytest.fixture
    def registro(self, api, joao):
        type(self).corpo = {"cliente_id": joao["id"]}
        return api().post(self.colecao, {"cliente_id": joao["id"], "valor_estimado": self.segredo}).json()


def test_a_related_record_follows_its_own_rules(api, joao):
    """The lead is told by the rules of leads, the person inside it by those of people."""
    lead = api().post("/clientes/leads", {"cliente_id": joao["id"]}).json()
    limitado = api(campos={"clientes": {"cpf": "o"}})
    for address in ("/clientes/leads", f"/clientes/leads/{lead['id']}"):
        shown = limitado.get(f"{address}?expandir=cliente").json()
        [shown] = shown.get("resultados", [shown])
        assert shown["cliente"]["nome"] == joao["nome"]
        assert "cpf" not in shown["cliente"]


def test_custom_fields_by_their_key(api, joao):
    campo = {"recurso": "clientes", "chave": "renda", "rotulo": "Renda", "tipo": "moeda", "indexado": True}
    assert api().post("/clientes/campos-personalizados", campo).status_code == 201
    address = f"/clientes/{joao['id']}"
    assert api().patch(address, {"extras": {"renda": "7319.00"}}).status_code == 200
    limitado = api(campos={"clientes": {"@renda": "o"}})
    for path in ("/clientes", address, f"{address}/historico"):
        assert "7319" in api().get(path).content.decode()
        assert "7319" not in limitado.get(path).content.decode()
    assert_problem(limitado.get("/clientes", {"q": "@renda:>1"}), 400)
    assert_problem(limitado.post("/clientes/agregar", {"q": "@renda:>1"}), 400)
    assert_problem(limitado.post("/clientes/exportar", {"campos": ["@renda"]}), 400)
    [erro] = assert_problem(limitado.patch(address, {"extras": {"renda": "1.00"}}), 400)["erros"]
    assert (erro["campo"], erro["codigo"]) == ("extras.renda", "campo_restrito")
    assert limitado.put(address, {"nome": "João", "extras": {}}).status_code == 200
    assert api().get(address).json()["extras"] == {"renda": "7319.00"}


def test_a_conflict_tells_nothing_of_it(api, joao):
    """Both changed the name; somebody else the CPF as well."""
    address = f"/clientes/{joao['id']}"
    assert api().patch(address, {"nome": "Jonas", "cpf": ""}).status_code == 200
    answer = api(campos={"clientes": {"nome": "l", "origem": "o"}}).patch(address, {"telefone": "(11) 98888-7777"}, HTTP_IF_MATCH='"v1"')
    assert answer.status_code == 200
    masked = api(campos={"clientes": {"cpf": "m"}}).patch(address, {"cpf": CPF}, HTTP_IF_MATCH='"v1"')
    [conflito] = assert_problem(masked, 412)["conflitos"]
    assert conflito == {"campo": "cpf", "enviado": CPF}
