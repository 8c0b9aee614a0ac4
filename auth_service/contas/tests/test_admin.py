"""Users, teams and roles in the admin, and signing in with a real password."""

import json

import pytest

from contas.models import Papel, Sessao, Usuario
from crm_shared.testing.admin import AdminSuite, form_values

from .conftest import SENHA

LISTA = "/admin/contas/usuario/"


class TestAdmin(AdminSuite):
    @pytest.fixture
    def registros(self, usuario_de, ana, nova_equipe, papeis, ator):
        from contas import equipes

        usuario_de(ana)
        equipe = equipes.criar_equipe(ator=ator, dados={"nome": "Norte"})
        return {"contas.Usuario": Usuario.objects.get(), "contas.Equipe": equipe, "contas.Papel": papeis["vendedor"]}

    @pytest.fixture
    def mais(self, novo_usuario, nova_equipe):
        def criar():
            for numero in range(5):
                novo_usuario(f"pessoa{numero}", equipe=nova_equipe(f"Equipe {numero}"))

        return criar


@pytest.fixture
def navegador(client, novo_usuario):
    """Signed in by the form as an administrator, through contas.sessoes."""
    novo_usuario("root", "administrador")
    answer = client.post("/admin/login/", {"username": "root@example.com", "password": SENHA})
    assert answer.status_code == 302, answer.content
    return client


pytestmark = pytest.mark.django_db


def test_the_own_password_opens_a_session_of_auths(navegador):
    assert navegador.get(LISTA).status_code == 200
    assert Sessao.objects.get().encerrada_em is None


def test_a_wrong_password_is_counted_by_the_brake(client, novo_usuario):
    novo_usuario("ana")
    for _ in range(11):
        answer = client.post("/admin/login/", {"username": "ana@example.com", "password": "errada"})
    assert answer.status_code == 401
    assert "Muitas tentativas" in answer.content.decode()


def test_leaving_ends_the_session(navegador):
    navegador.post("/admin/logout/")
    assert Sessao.objects.get().motivo == "logout"


def test_who_is_deactivated_is_out_at_the_next_renewal(navegador, monkeypatch):
    from crm_shared.admin import people

    Usuario.objects.update(ativo=False)
    monkeypatch.setattr(people, "RENEW_BEFORE", 10_000)
    assert navegador.get(LISTA).status_code == 302


def test_a_user_is_made_with_a_first_password(navegador, papeis, published):
    dados = {"nome": "Nova", "email": "Nova@example.com", "papel": str(papeis["vendedor"].pk), "senha": SENHA}
    answer = navegador.post(f"{LISTA}add/", {**dados, "senha": "123"})
    assert answer.context["adminform"].form.errors["senha"]
    answer = navegador.post(f"{LISTA}add/", dados)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    nova = Usuario.objects.get(email="nova@example.com")
    assert nova.password.startswith("argon2")
    assert published()[-1].tipo == "auth.usuario.criado.v1"


def test_no_page_shows_a_password_or_its_hash(navegador, novo_usuario):
    ana = novo_usuario("ana")
    for page in (LISTA, f"{LISTA}{ana.pk}/change/", f"{LISTA}{ana.pk}/history/"):
        assert "argon2" not in navegador.get(page).content.decode()


def test_the_last_administrator_stays(navegador):
    root = Usuario.objects.get()
    answer = navegador.post(f"{LISTA}{root.pk}/acao/desativar/", {"enviar": "1"})
    assert answer.status_code == 200
    assert "ao menos um administrador" in answer.content.decode()
    assert Usuario.objects.get().ativo


def test_who_deactivates_somebody_is_asked_to_whom_the_records_go(navegador, novo_usuario, published):
    bia, caio, davi = novo_usuario("bia"), novo_usuario("caio"), novo_usuario("davi", ativo=False)
    url = f"{LISTA}{bia.pk}/acao/desativar/"
    assert 'name="transferir_para"' in navegador.get(url).content.decode()
    picked = navegador.get("/admin/autocomplete/", {"app_label": "contas", "model_name": "equipe", "field_name": "lider", "term": "cai"})
    assert [item["id"] for item in picked.json()["results"]] == [str(caio.pk)]
    assert "está desativado" in navegador.post(url, {"enviar": "1", "transferir_para": str(davi.pk)}).content.decode()
    assert navegador.post(url, {"enviar": "1", "transferir_para": str(caio.pk)}).status_code == 302
    assert published("auth.usuario.desativado.v1")[0].dados["transferir_para"] == str(caio.pk)
    url = f"{LISTA}{bia.pk}/acao/entregar_carteira/"
    assert navegador.post(url, {"enviar": "1", "transferir_para": str(caio.pk)}).status_code == 302
    assert len(published("auth.usuario.entrega_pedida.v1")) == 1


def test_a_role_is_changed_as_json(navegador, papeis):
    path = f"/admin/contas/papel/{papeis['atendente'].pk}/change/"
    values = form_values(navegador.get(path).content.decode())
    assert "vendas" in values["permissoes"], "the present permissions are in the form"
    values["permissoes"] = '[{"recurso": "vendas", "acao": "ler", "visibilidade": "todos"}]'
    answer = navegador.post(path, values)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert [str(item) for item in Papel.objects.get(nome="atendente").permissoes.all()] == ["vendas:ler=todos"]


def test_the_rules_of_a_role_are_written_there_too(navegador, papeis):
    papel = Papel.objects.create(nome="estágio")
    pagina = f"/admin/contas/papel/{papel.pk}/change/"
    for campo, status in (("cfp", 200), ("cpf", 302)):
        regras = json.dumps([{"recurso": "clientes", "campo": campo, "nivel": "oculto"}])
        answer = navegador.post(pagina, form_values(navegador.get(pagina).content.decode()) | {"campos": regras})
        assert answer.status_code == status, answer.content[:2000]
    papel.refresh_from_db()
    assert papel.campos == [{"recurso": "clientes", "campo": "cpf", "nivel": "oculto"}]
    assert "cpf" in navegador.get(f"/admin/contas/papel/{papel.pk}/history/").content.decode()
