"""Passwords and invitations by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from contas.convites.models import Convite
from contas.correio import ajustes, envio
from contas.correio.models import Correio, PedidoSenha
from contas.models import Usuario

from .conftest import SENHA

pytestmark = pytest.mark.django_db
NOVA = "tamandua-azul-31"
CONVITES = "/auth/convites"


def publico(path, **body):
    return APIClient().post(f"/auth/{path}", body)


@pytest.fixture
def correio():
    """`correio()` sends what waits, as `manage.py eventos` does; answers (address, token) of each message."""

    def send():
        mail.outbox.clear()
        while envio.enviar_proximo():
            pass
        return [(message.to[0], next(line for line in message.body.splitlines() if len(line) == 43)) for message in mail.outbox]

    return send


@pytest.fixture
def admin(sessao, novo_usuario):
    return sessao(novo_usuario("dono", "administrador"))


@pytest.fixture
def convidar(admin, papeis):
    def invite(email="Bia@Example.com", cliente=None, **campos):
        return (cliente or admin).post(CONVITES, {"email": email, "papel_id": str(papeis["vendedor"].pk), **campos})

    return invite


def test_a_forgotten_password_is_set_by_mail_and_ends_all_sessions(sessao, entrar, novo_usuario, correio, published):
    ana = novo_usuario("ana")
    aqui = sessao(ana)
    assert publico("senha/esqueci", email="Ana@Example.com").status_code == 202

    [(endereco, token)] = correio()
    assert endereco == ana.email
    assert not Correio.objects.exists()
    assert token not in str(list(PedidoSenha.objects.values()))
    assert publico("senha/redefinir", token=token, senha=NOVA).status_code == 204

    assert entrar(ana.email).status_code == 401
    assert entrar(ana.email, NOVA).status_code == 200
    assert APIClient().post("/auth/refresh", {"refresh": aqui.par["refresh"]}).status_code == 401
    assert len(published("auth.usuario.senha_alterada.v1")) == 1
    assert publico("senha/redefinir", token=token, senha=SENHA).json()["erros"][0]["codigo"] == "pedido_invalido"


def test_nobody_can_tell_who_has_an_account(novo_usuario, correio, django_assert_num_queries):
    novo_usuario("ana")
    answers = []
    for email in ("ana@example.com", "eva@example.com", "not an address"):
        with django_assert_num_queries(1):
            answers.append(publico("senha/esqueci", email=email))
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    assert "example.com" not in str(list(Correio.objects.values()))
    assert [endereco for endereco, _ in correio()] == ["ana@example.com"]


@pytest.mark.parametrize("como", ["unknown", "old", "newer one sent", "password changed", "deactivated", "deleted"])
def test_a_link_that_is_not_good_any_more(sessao, novo_usuario, correio, como):
    ana = novo_usuario("ana")
    cliente = sessao(ana)
    publico("senha/esqueci", email=ana.email)
    [(_, token)] = correio()
    if como == "unknown":
        token = "x" * 43
    if como == "old":
        PedidoSenha.objects.update(expira_em=timezone.now())
    if como == "newer one sent":
        PedidoSenha.objects.update(criado_em=timezone.now() - timedelta(minutes=3))
        publico("senha/esqueci", email=ana.email)
        assert len(correio()) == 1
    if como == "password changed":
        cliente.post("/auth/senha", {"senha_atual": SENHA, "senha_nova": NOVA})
    if como == "deactivated":
        Usuario.objects.update(ativo=False)
    if como == "deleted":
        Usuario.objects.update(excluido_em=timezone.now())
    answer = publico("senha/redefinir", token=token, senha="outra-senha-boa-55")
    assert (answer.status_code, answer.json()["codigo"]) == (400, "pedido_invalido")


def test_a_weak_password_leaves_the_link_good(novo_usuario, correio):
    ana = novo_usuario("ana")
    publico("senha/esqueci", email=ana.email)
    [(_, token)] = correio()
    assert publico("senha/redefinir", token=token, senha="1234567890").json()["erros"][0]["codigo"] == "senha_comum"
    assert publico("senha/redefinir", token=token, senha=NOVA).status_code == 204


def test_no_mailbox_is_flooded(novo_usuario, correio):
    ana = novo_usuario("ana")
    codes = [publico("senha/esqueci", email=ana.email).status_code for _ in range(11)]
    assert codes == [202] * 10 + [429]
    assert len(correio()) == 1


def test_an_invitation_becomes_a_user_with_a_password_nobody_else_knew(admin, convidar, correio, entrar, nova_equipe, published):
    norte = nova_equipe("Norte")
    answer = convidar(equipe_id=str(norte.pk))
    assert answer.status_code == 201, answer.content
    convite = answer.json()
    assert (convite["email"], convite["estado"], convite["papel_nome"]) == ("bia@example.com", "pendente", "vendedor")
    assert "hash" not in convite
    [(endereco, token)] = correio()

    aceito = publico("convites/aceitar", token=token, nome="Bia Souza", senha=NOVA)

    assert (aceito.status_code, aceito.json()["email"], endereco) == (201, "bia@example.com", "bia@example.com")
    bia = Usuario.objects.get(email=endereco)
    assert (bia.papel.nome, bia.equipe_id) == ("vendedor", norte.pk)
    assert entrar(endereco, NOVA).status_code == 200
    assert admin.get(f"{CONVITES}/{convite['id']}").json()["usuario_id"] == str(bia.pk)
    assert [published(f"auth.{tipo}.v1") != [] for tipo in ("convite.criado", "convite.aceito", "usuario.criado")] == [True] * 3
    assert published("auth.convite.aceito.v1")[0].ator == str(bia.pk)
    assert publico("convites/aceitar", token=token, nome="X", senha=NOVA).json()["codigo"] == "convite_invalido"
    for verbo in ("reenviar", "cancelar"):
        assert admin.post(f"{CONVITES}/{convite['id']}/{verbo}", {}).json()["codigo"] == "convite_encerrado"


def test_sent_again_the_former_link_is_good_no_more(admin, convidar, correio):
    pk = convidar().json()["id"]
    [(_, velho)] = correio()
    Convite.objects.update(expira_em=timezone.now())
    assert publico("convites/aceitar", token=velho, nome="Bia", senha=NOVA).status_code == 400

    assert admin.post(f"{CONVITES}/{pk}/reenviar", {}).status_code == 200

    [(_, novo)] = correio()
    assert publico("convites/aceitar", token=velho, nome="Bia", senha=NOVA).status_code == 400
    assert publico("convites/aceitar", token=novo, nome="Bia", senha=NOVA).status_code == 201


def test_cancelled_it_is_neither_sent_nor_accepted(admin, convidar, correio):
    pk = convidar().json()["id"]
    [(_, token)] = correio()
    admin.post(f"{CONVITES}/{pk}/reenviar", {})
    assert admin.post(f"{CONVITES}/{pk}/cancelar", {}).json()["estado"] == "cancelado"
    assert correio() == []
    assert publico("convites/aceitar", token=token, nome="Bia", senha=NOVA).status_code == 400
    assert convidar().status_code == 201, "another may follow"


def test_one_open_invitation_and_one_user_per_address(convidar, novo_usuario):
    primeiro = convidar().json()
    segundo = convidar("BIA@example.com")
    assert (segundo.status_code, segundo.json()["registro_id"]) == (409, primeiro["id"])
    carla = novo_usuario("carla")
    assert convidar(carla.email).json()["registro_id"] == str(carla.pk)


def test_nobody_invites_above_himself_or_without_the_scope(convidar, papeis, sessao, novo_usuario):
    assert convidar(cliente=sessao(novo_usuario("eva"))).status_code == 403
    papeis["gerente"].permissoes.create(recurso="usuarios", acao="criar", visibilidade="equipe")
    gil = sessao(novo_usuario("gil", "gerente"))
    acima = convidar(cliente=gil, papel_id=str(papeis["administrador"].pk))
    assert (acima.status_code, acima.json()["codigo"]) == (403, "alcance_excedido")


def test_who_sees_an_invitation(convidar, sessao, novo_usuario, nova_equipe):
    norte, sul = nova_equipe("Norte"), nova_equipe("Sul")
    pk = convidar(equipe_id=str(norte.pk)).json()["id"]
    elenco = (("gil", "gerente", norte), ("gal", "gerente", sul), ("ana", "vendedor", norte), ("rita", "leitura", sul))
    clientes = {nome: sessao(novo_usuario(nome, papel, equipe=equipe)) for nome, papel, equipe in elenco}
    seen = {nome: cliente.get(f"{CONVITES}/{pk}").status_code for nome, cliente in clientes.items()}
    assert seen == {"gil": 200, "gal": 404, "ana": 404, "rita": 200}


@pytest.mark.parametrize(
    ("campos", "campo"),
    [({"email": "bia"}, "email"), ({"papel_id": "x"}, "papel_id"), ({"hash": "x"}, "hash"), ({"estado": "aceito"}, "estado")],
)
def test_bad_invitations_are_400(convidar, campos, campo):
    answer = convidar(**campos)
    assert (answer.status_code, answer.json()["erros"][0]["campo"]) == (400, campo)


def test_without_mail_nothing_is_promised(convidar, settings):
    settings.MAIL_ENABLED = False
    for answer in (convidar(), publico("senha/esqueci", email="ana@example.com")):
        assert (answer.status_code, answer.json()["codigo"]) == (422, "correio_desligado")


def test_mail_that_cannot_leave_is_tried_again_and_then_given_up(convidar, correio, monkeypatch):
    convidar()
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(ConnectionRefusedError()))
    for tentativa in range(1, 7):
        assert correio() == []
        linha = Correio.objects.get()
        assert (linha.estado, linha.tentativas) == ("pendente" if tentativa < 6 else "falhou", tentativa)
        Correio.objects.update(proxima_em=timezone.now())
    monkeypatch.undo()
    assert correio() == [], "given up"


def test_a_list_of_invitations_costs_the_same_for_any_number(admin, convidar, queries):
    for numero in range(4):
        convidar(f"b{numero}@example.com")
    with queries(1):
        assert len(admin.get(CONVITES).json()["resultados"]) == 4


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("", "dummy"),
        ("file:///tmp/correio", "filebased"),
        ("smtp://ana:s%40nha@mail.example.com", "smtp"),
        ("smtps://ana:senha@mail.example.com:465", "smtp"),
        ("anymail://mailgun?api_key=x&sender_domain=y", "mailgun"),
    ],
)
def test_mail_is_set_by_one_variable(monkeypatch, url, backend):
    monkeypatch.setenv("EMAIL_URL", url)
    found = ajustes.mail_settings("EMAIL_URL")
    assert found["EMAIL_BACKEND"].split(".")[-2] == backend
    assert found["MAIL_ENABLED"] == bool(url)
    if backend == "smtp":
        assert found["EMAIL_USE_SSL"] != found["EMAIL_USE_TLS"]
    if backend == "mailgun":
        assert found["ANYMAIL"] == {"MAILGUN_API_KEY": "x", "MAILGUN_SENDER_DOMAIN": "y"}


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://x", "smtp://", "anymail://nobody?api_key=x", "anymail://mailgun", "smtp://a:b"]
)
def test_what_is_no_mail_address_stops_the_start(monkeypatch, url):
    refused = {}
    monkeypatch.setattr(ajustes, "refuse", refused.__setitem__)
    monkeypatch.setenv("EMAIL_URL", url)
    assert not ajustes.mail_settings("EMAIL_URL")["MAIL_ENABLED"]
    assert list(refused) == ["EMAIL_URL"]
