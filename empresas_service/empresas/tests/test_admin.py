"""Companies in the admin."""

import pytest

from crm_shared.testing.admin import XSS, AdminSuite, form_values
from empresas import enderecos, services
from empresas.models import Empresa

LISTA = "/admin/empresas/empresa/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def padaria(self, ator):
        dados = {"nome_fantasia": "Pão Quente", "cnpj": "12ABC34501DE35", "telefone": "+5511987654321", "email": "contato@paoquente.com.br"}
        return services.criar_empresa(ator=ator, dados=dados)

    @pytest.fixture
    def registros(self, padaria, ator):
        endereco = enderecos.criar_endereco(ator=ator, dados={"empresa_id": padaria.pk, "logradouro": "Rua A"})
        return {"empresas.Empresa": padaria, "empresas.EnderecoEmpresa": endereco}

    @pytest.fixture
    def mais(self, ator, bruno):
        def criar():
            for numero in range(5):
                dados = {"nome_fantasia": f"Empresa {numero}", "responsavel_id": bruno.id if numero % 2 else None}
                empresa = services.criar_empresa(ator=ator, dados=dados)
                enderecos.criar_endereco(ator=ator, dados={"empresa_id": empresa.pk, "logradouro": "Rua B"})

        return criar

    def test_a_company_is_created_by_the_service(self, entrar, published, ana):
        answer = entrar().post(f"{LISTA}add/", {"nome_fantasia": "Acme", "cnpj": "12.ABC.345/01DE-35", "capital_social": "1234.50"})
        assert answer.status_code == 302, form_errors(answer)
        empresa = Empresa.objects.get()
        assert (empresa.nome, empresa.cnpj, empresa.responsavel_id) == ("Acme", "12ABC34501DE35", ana.id)
        assert (published()[-1].tipo, published()[-1].ator) == ("empresas.empresa.criada.v1", str(ana.id))

    def test_only_what_changed_is_changed(self, entrar, padaria, published):
        browser = entrar()
        page = browser.get(f"{LISTA}{padaria.pk}/change/").content.decode()
        answer = browser.post(f"{LISTA}{padaria.pk}/change/", {**form_values(page), "segmento": "alimentação"})
        assert answer.status_code == 302, form_errors(answer)
        assert published()[-1].mudancas == [{"campo": "segmento", "de": "", "para": "alimentação"}]

    def test_nothing_changed_is_no_event(self, entrar, padaria, published):
        browser = entrar()
        page = browser.get(f"{LISTA}{padaria.pk}/change/").content.decode()
        assert browser.post(f"{LISTA}{padaria.pk}/change/", form_values(page)).status_code == 302
        assert len(published()) == 1

    def test_the_serializer_judges(self, entrar, padaria):
        answer = entrar().post(f"{LISTA}{padaria.pk}/change/", {"nome_fantasia": "X", "cnpj": "11", "moeda": "real", "receita_anual": "-1"})
        assert answer.status_code == 200
        assert {"cnpj", "moeda", "receita_anual"} <= set(answer.context["adminform"].form.errors)

    def test_a_service_refuses_beside_the_field(self, entrar, padaria):
        answer = entrar().post(f"{LISTA}add/", {"nome_fantasia": "Outra", "cnpj": padaria.cnpj})
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors["cnpj"] == [services.CNPJ_EM_USO]

    def test_somebody_elses_change_is_told(self, entrar, padaria, ator):
        browser = entrar()
        page = browser.get(f"{LISTA}{padaria.pk}/change/").content.decode()
        services.atualizar_empresa(ator=ator, pk=padaria.pk, dados={"segmento": "varejo"})
        answer = browser.post(f"{LISTA}{padaria.pk}/change/", {**form_values(page), "segmento": "atacado"})
        assert answer.status_code == 200
        assert "varejo" in str(answer.context["adminform"].form.non_field_errors())
        padaria.refresh_from_db()
        assert padaria.segmento == "varejo"

    def test_deleted_and_restored_through_the_service(self, entrar, padaria, published):
        browser = entrar()
        assert browser.get(f"{LISTA}{padaria.pk}/delete/").status_code == 200
        assert browser.post(f"{LISTA}{padaria.pk}/delete/", {"post": "yes"}).status_code == 302
        assert str(padaria.pk) not in browser.get(LISTA).content.decode()
        assert str(padaria.pk) in browser.get(f"{LISTA}?excluidos=sim").content.decode()
        assert browser.post(f"{LISTA}{padaria.pk}/acao/restaurar/").status_code == 302
        assert [evento.tipo.split(".")[2] for evento in published()] == ["criada", "excluida", "restaurada"]

    def test_personal_data_is_masked_for_who_may_not_see_it(self, entrar, padaria):
        browser = entrar("empresas:ler", "empresas:editar")
        for page in (LISTA, f"{LISTA}{padaria.pk}/change/", f"{LISTA}{padaria.pk}/history/"):
            seen = browser.get(page).content.decode()
            assert "987654321" not in seen
            assert "contato@" not in seen
        values = form_values(browser.get(f"{LISTA}{padaria.pk}/change/").content.decode())
        assert "telefone" not in values
        assert browser.post(f"{LISTA}{padaria.pk}/change/", {**values, "segmento": "x", "telefone": "11 91111-1111"}).status_code == 302
        padaria.refresh_from_db()
        assert (padaria.telefone, padaria.segmento) == ("+5511987654321", "x")

    def test_stored_scripts_are_shown_as_text(self, entrar, ator):
        empresa = services.criar_empresa(ator=ator, dados={"nome_fantasia": XSS, "segmento": XSS[:80]})
        services.atualizar_empresa(ator=ator, pk=empresa.pk, dados={"segmento": "x"})
        browser = entrar()
        pages = [LISTA, f"{LISTA}?q=script", "/admin/crm_shared/evento/"]
        pages += [f"{LISTA}{empresa.pk}/{page}/" for page in ("change", "history", "delete")]
        for page in pages:
            assert "<script>alert(1)" not in browser.get(page).content.decode(), page

    def test_owners_are_picked_by_name(self, entrar, bruno, ator):
        from crm_shared.records.references import USUARIO, learn

        learn(USUARIO, bruno.id, versao=1, nome="Bruno")
        query = {"app_label": "empresas", "model_name": "empresa", "field_name": "responsavel", "term": "bru"}
        [found] = entrar().get("/admin/autocomplete/", query).json()["results"]
        assert found == {"id": str(bruno.id), "text": "Bruno"}
        assert entrar("empresas:ler").get("/admin/autocomplete/", query).json()["results"] == []

    def test_several_are_deleted_at_once(self, entrar, padaria, ator):
        outra = services.criar_empresa(ator=ator, dados={"nome_fantasia": "Outra"})
        entrar().post(LISTA, {"action": "excluir", "index": "0", "_selected_action": [str(padaria.pk), str(outra.pk)]})
        assert Empresa.objects.vivos().count() == 0


def form_errors(answer):
    return answer.context and answer.context["adminform"].form.errors
