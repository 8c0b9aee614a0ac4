"""People and leads in the admin."""

import pytest

from clientes import meios, services
from clientes.models import Cliente, Lead
from crm_shared.records.models import uuid7
from crm_shared.records.references import EMPRESA, cite
from crm_shared.testing.admin import AdminSuite, form_values

LISTA = "/admin/clientes/cliente/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def joao(self, ator):
        dados = {"nome": "João da Silva", "cpf": "52998224725", "email": "joao@exemplo.com.br", "telefone": "+5511987654321"}
        return services.criar_cliente(ator=ator, dados=dados)

    @pytest.fixture
    def lead(self, ator, joao):
        return services.criar_lead(ator=ator, dados={"cliente_id": joao.pk})

    @pytest.fixture
    def registros(self, ator, joao, lead):
        meio = meios.criar_meio(ator=ator, dados={"cliente_id": joao.pk, "tipo": "email", "valor": "outro@exemplo.com.br"})
        empresa = uuid7()
        cite(EMPRESA, empresa)
        vinculo = meios.criar_vinculo(ator=ator, dados={"cliente_id": joao.pk, "empresa_id": empresa})
        return {"clientes.Cliente": joao, "clientes.Lead": lead, "clientes.ContatoMeio": meio, "clientes.VinculoEmpresa": vinculo}

    @pytest.fixture
    def mais(self, ator, bruno):
        def criar():
            for numero in range(5):
                dados = {"nome": f"Pessoa {numero}", "responsavel_id": bruno.id, "email": f"p{numero}@exemplo.com.br"}
                services.criar_lead(ator=ator, dados={"cliente_id": services.criar_cliente(ator=ator, dados=dados).pk})

        return criar

    def test_a_person_is_created_with_the_documents_mask(self, entrar):
        answer = entrar().post(f"{LISTA}add/", {"nome": "Ana", "cpf": "529.982.247-25", "telefone": "(11) 98765-4321"})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        assert Cliente.objects.values_list("cpf", "telefone").get() == ("52998224725", "+5511987654321")

    def test_a_person_is_found_by_document(self, entrar, joao):
        assert str(joao.pk) in entrar().get(LISTA, {"q": "529.982.247-25"}).content.decode()

    def test_personal_data_is_masked(self, entrar, registros, joao):
        browser = entrar("clientes:ler", "clientes:editar", "leads:ler")
        meio = registros["clientes.ContatoMeio"]
        paths = [
            f"/admin/clientes/contatomeio/{meio.pk}/change/",
            LISTA,
            "/admin/clientes/contatomeio/",
            "/admin/clientes/lead/",
            f"{LISTA}{joao.pk}/change/",
            f"{LISTA}{joao.pk}/history/",
        ]
        for path in paths:
            seen = browser.get(path).content.decode()
            for secret in ("52998224725", "987654321", "joao@exemplo", "outro@exemplo"):
                assert secret not in seen, path

    def test_a_part_is_added_to_a_person_that_one_may_change(self, entrar, joao, carla):
        dados = {"cliente": str(joao.pk), "tipo": "email", "valor": "novo@exemplo.com.br"}
        refused = entrar(como=carla, vis="proprio").post("/admin/clientes/contatomeio/add/", dados)
        assert refused.status_code == 200
        assert refused.context["adminform"].form.errors["cliente"]
        assert entrar().post("/admin/clientes/contatomeio/add/", dados).status_code == 302
        assert joao.meios.filter(valor="novo@exemplo.com.br").exists()

    def test_a_lead_is_qualified_and_disqualified(self, entrar, lead, published):
        browser, path = entrar(), f"/admin/clientes/lead/{lead.pk}/acao"
        assert browser.post(f"{path}/qualificar/", {"versao": lead.versao}).status_code == 302
        assert browser.post(f"{path}/desqualificar/", {"enviar": "1"}).status_code == 200, "the reason is required"
        assert browser.post(f"{path}/desqualificar/", {"enviar": "1", "motivo": "Sem verba"}).status_code == 302
        do_lead = [evento.tipo.split(".")[2] for evento in published() if evento.agregado_id == lead.pk]
        assert do_lead == ["criado", "qualificado", "desqualificado"]

    def test_a_transition_that_the_state_forbids_is_told(self, entrar, lead):
        answer = entrar().post(f"/admin/clientes/lead/{lead.pk}/acao/reciclar/")
        assert answer.status_code == 200
        assert answer.context["form"].non_field_errors()

    def test_several_leads_at_once(self, entrar, lead):
        entrar().post("/admin/clientes/lead/", {"action": "qualificar", "index": "0", "_selected_action": str(lead.pk)})
        assert Lead.objects.get().status == "qualificado"

    def test_a_stale_page_of_a_transition_is_told(self, entrar, lead, ator):
        values = form_values(entrar().get(f"/admin/clientes/lead/{lead.pk}/acao/qualificar/").content.decode())
        assert values["versao"] == str(lead.versao)
