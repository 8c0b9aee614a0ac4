"""What people see and change of themselves."""

import pytest
from rest_framework.test import APIClient

from contas.models import Sessao, Usuario

from .conftest import SENHA

pytestmark = pytest.mark.django_db
NOVA = "tamandua-azul-31"


def test_eu_tells_who_and_what_now(sessao, novo_usuario, nova_equipe, papeis):
    norte = nova_equipe("Norte")
    usuario = novo_usuario("ana", "gerente", equipe=norte)
    ana = sessao(usuario)

    eu = ana.get("/auth/eu").json()
    assert (eu["id"], eu["nome"], eu["email"]) == (str(usuario.pk), "Ana", "ana@example.com")
    assert eu["papel"] == {"id": str(papeis["gerente"].pk), "nome": "gerente"}
    assert eu["equipe"] == {"id": str(norte.pk), "nome": "Norte"}
    assert eu["equipes"] == [str(norte.pk)]
    assert "vendas:importar" in eu["escopos"]
    assert eu["visibilidade"]["*"] == "equipe"

    Usuario.objects.update(papel=papeis["leitura"], equipe=None)
    eu = ana.get("/auth/eu/").json()
    assert (eu["equipe"], eu["visibilidade"]) == (None, {"*": "todos"})


def test_only_the_name_can_be_changed(sessao, novo_usuario, published):
    ana = sessao(novo_usuario("ana"))

    answer = ana.patch("/auth/eu", {"nome": "Ana Lúcia"})
    assert (answer.status_code, answer.json()["nome"], answer["ETag"]) == (200, "Ana Lúcia", '"v2"')
    assert published("auth.usuario.atualizado.v1")[0].pessoais["nome"] == "Ana Lúcia"

    for campo, valor in {"email": "b@example.com", "papel": {}, "papel_id": str(ana), "escopos": ["papeis:administrar"]}.items():
        assert ana.patch("/auth/eu", {campo: valor}).status_code == 400, campo


def test_a_stale_version_is_412(sessao, novo_usuario):
    ana = sessao(novo_usuario("ana"))
    ana.patch("/auth/eu", {"nome": "Ana B"})
    assert ana.patch("/auth/eu", {"nome": "Ana C"}, HTTP_IF_MATCH='"v1"').status_code == 412


def test_a_token_that_outlived_its_user_is_401(sessao, novo_usuario):
    ana = sessao(novo_usuario("ana"))
    Usuario.objects.update(ativo=False)
    assert ana.get("/auth/eu").status_code == 401


def test_a_new_password_ends_the_other_sessions(sessao, entrar, novo_usuario, published):
    usuario = novo_usuario("ana")
    aqui, la = sessao(usuario), sessao(usuario)

    assert aqui.post("/auth/senha", {"senha_atual": SENHA, "senha_nova": NOVA}).status_code == 204

    assert APIClient().post("/auth/refresh", {"refresh": la.par["refresh"]}).status_code == 401
    assert APIClient().post("/auth/refresh", {"refresh": aqui.par["refresh"]}).status_code == 200
    assert entrar(usuario.email).status_code == 401
    assert entrar(usuario.email, NOVA).status_code == 200
    assert [evento.dados["motivo"] for evento in published("auth.sessao.encerrada.v1")] == ["senha"]
    mudanca = published("auth.usuario.senha_alterada.v1")[0]
    assert mudanca.mudancas == [{"campo": "senha", "de": None, "para": None}]


def test_the_present_password_is_needed(sessao, novo_usuario):
    ana = sessao(novo_usuario("ana"))
    answer = ana.post("/auth/senha", {"senha_atual": "errada-errada", "senha_nova": NOVA})
    assert answer.status_code == 400
    assert answer.json()["erros"][0]["codigo"] == "senha_incorreta"
    assert not Sessao.objects.exclude(encerrada_em=None).exists()


def test_guessing_the_present_password_is_braked(sessao, novo_usuario):
    ana = sessao(novo_usuario("ana"))
    codes = [ana.post("/auth/senha", {"senha_atual": "errada-errada", "senha_nova": NOVA}).status_code for _ in range(11)]
    assert codes == [400] * 10 + [429]


@pytest.mark.parametrize(
    ("senha", "codigo"),
    [
        ("curta-1", "senha_curta"),
        ("1234567890", "senha_comum"),
        ("P@ssw0rd2026!", "senha_vazada"),
        ("Brasil2026!!", "senha_vazada"),
        ("passwordpassword", "senha_vazada"),
        ("P@daria-2026", "senha_da_casa"),
        ("Example!20261", "senha_da_casa"),
        ("CRM@2026!!", "senha_da_casa"),
        ("84736251908", "senha_numerica"),
        ("ana@example.com", "senha_parecida"),
    ],
)
def test_weak_passwords_are_refused(sessao, novo_usuario, settings, senha, codigo):
    settings.FRONTEND_URL = "https://crm.padaria-boa.com.br"
    ana = sessao(novo_usuario("ana"))
    answer = ana.post("/auth/senha", {"senha_atual": SENHA, "senha_nova": senha})
    assert answer.status_code == 400
    assert answer.json()["erros"] == [{"campo": "senha_nova", "codigo": codigo, "mensagem": answer.json()["detail"]}]
