"""The second factor: activated, asked for at sign-in, lost, and demanded by a role."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django_otp.oath import TOTP
from rest_framework.test import APIClient

from contas.models import Papel, RegistroAcesso, Sessao, Usuario
from contas.segundo_fator import codigos as gerados
from contas.segundo_fator import desafio as desafios
from contas.segundo_fator.models import CodigoRecuperacao, SegundoFator

from .conftest import SENHA

pytestmark = pytest.mark.django_db
FATOR = "/auth/eu/segundo-fator"


@pytest.fixture
def relogio(monkeypatch):
    """`relogio(30)`: the apps' clock goes on by so many seconds."""
    import time

    from django_otp import oath

    passado = [0]
    monkeypatch.setattr(oath, "time", lambda: time.time() + passado[0])

    def adiante(segundos=30):
        passado[0] += segundos

    return adiante


def codigo_de(segredo: str) -> str:
    import base64

    return f"{TOTP(base64.b32decode(segredo)).token():06d}"


@pytest.fixture
def ativar(sessao, relogio):
    """Activate over HTTP; answers the secret and the recovery codes. The next code of the app is a fresh one."""

    def activate(usuario, cliente=None):
        cliente = cliente or sessao(usuario)
        segredo = cliente.post(FATOR, {"senha": SENHA}).json()["segredo"]
        confirmado = cliente.post(f"{FATOR}/confirmar", {"codigo": codigo_de(segredo)})
        assert confirmado.status_code == 200, confirmado.content
        relogio()
        return segredo, confirmado.json()["codigos"]

    return activate


def responder(desafio, codigo):
    return APIClient().post("/auth/login/codigo", {"desafio": desafio, "codigo": codigo})


def test_from_activation_to_a_sign_in_in_two_steps(sessao, ativar, entrar, novo_usuario, published):
    ana = novo_usuario("ana")
    aqui, la = sessao(ana), sessao(ana)
    assert aqui.get(FATOR).json() == {"ativo": False, "confirmado_em": None, "exigido": False, "codigos_livres": 0}

    segredo, recuperacao = ativar(ana, aqui)

    assert len(set(recuperacao)) == 10
    assert (aqui.get(FATOR).json()["ativo"], aqui.get(FATOR).json()["codigos_livres"]) == (True, 10)
    assert APIClient().post("/auth/refresh", {"refresh": la.par["refresh"]}).status_code == 401, "the other sessions ended"
    [evento] = published("auth.usuario.segundo_fator_ativado.v1")
    assert evento.mudancas == [{"campo": "segundo_fator", "de": None, "para": True}]

    abertas = Sessao.objects.count()
    primeiro = entrar(ana.email)
    assert (primeiro.status_code, set(primeiro.json())) == (202, {"desafio", "expires_in"})
    assert Sessao.objects.count() == abertas

    segundo = responder(primeiro.json()["desafio"], codigo_de(segredo))
    assert (segundo.status_code, set(segundo.json())) == (200, {"access", "refresh", "expires_in", "token_type"})
    assert segundo["Cache-Control"] == "no-store"
    assert [item.resultado for item in RegistroAcesso.objects.order_by("-id")[:2]] == ["ok", "senha"]


def test_the_secret_is_told_once_and_kept_sealed(sessao, novo_usuario, published):
    ana = sessao(novo_usuario("ana"))
    novo = ana.post(FATOR, {"senha": SENHA}, HTTP_IDEMPOTENCY_KEY="k").json()

    assert novo["otpauth"] == f"otpauth://totp/CRM:ana%40example.com?secret={novo['segredo']}&issuer=CRM"
    assert ana.post(FATOR, {"senha": SENHA}, HTTP_IDEMPOTENCY_KEY="k").json() == {"segredo": None, "otpauth": None}
    recuperacao = ana.post(f"{FATOR}/confirmar", {"codigo": codigo_de(novo["segredo"])}).json()["codigos"]
    kept = str([*SegundoFator.objects.values(), *CodigoRecuperacao.objects.values(), *(item.dados for item in published())])
    assert novo["segredo"] not in kept
    assert not any(codigo in kept for codigo in recuperacao)
    assert novo["segredo"] not in str(ana.get(FATOR).json())


def test_a_code_and_a_challenge_serve_once(ativar, entrar, novo_usuario, relogio):
    ana = novo_usuario("ana")
    segredo, _ = ativar(ana)
    desafio, outro = (entrar(ana.email).json()["desafio"] for _ in range(2))
    codigo = codigo_de(segredo)

    assert responder(desafio, codigo).status_code == 200
    assert responder(outro, codigo).json()["codigo"] == "codigo_incorreto"
    relogio()
    assert responder(desafio, codigo_de(segredo)).json()["codigo"] == "desafio_invalido"
    assert responder(outro, codigo_de(segredo)).status_code == 200


def test_a_recovery_code_serves_once_in_any_spelling(ativar, entrar, novo_usuario):
    ana = novo_usuario("ana")
    _, recuperacao = ativar(ana)
    for codigo, status in ((recuperacao[0].upper(), 200), (recuperacao[0], 401), (recuperacao[1].replace("-", " "), 200)):
        assert responder(entrar(ana.email).json()["desafio"], codigo).status_code == status, codigo


@pytest.mark.parametrize("codigo", ["", "000000", "abc", "１２３４５６", "-12345", "x" * 20, "x" * 21, 123456, None, ["1"]])
def test_whatever_is_no_code_is_refused(ativar, entrar, novo_usuario, codigo, monkeypatch):
    ana = novo_usuario("ana")
    ativar(ana)
    monkeypatch.setattr(gerados.TOTP, "token", lambda self: 999_999)
    answer = responder(entrar(ana.email).json()["desafio"], codigo)
    assert answer.status_code == (401 if isinstance(codigo, str) and 0 < len(codigo) <= 20 else 400), answer.content


@pytest.mark.parametrize("como", ["forged", "old", "another password", "deactivated", "a refresh", "no factor any more"])
def test_a_challenge_is_ours_fresh_and_of_the_same_account(ativar, entrar, novo_usuario, como, monkeypatch):
    ana = novo_usuario("ana")
    segredo, _ = ativar(ana)
    desafio = entrar(ana.email).json()["desafio"]
    if como == "forged":
        desafio = desafio[:-1] + ("A" if desafio[-1] != "A" else "B")
    if como == "old":
        monkeypatch.setattr(desafios, "VALIDADE", desafios.VALIDADE * -1)
    if como == "another password":
        Usuario.objects.update(password="outra")
    if como == "deactivated":
        Usuario.objects.update(ativo=False)
    if como == "a refresh":
        desafio = "x" * 43
    if como == "no factor any more":
        SegundoFator.objects.all().delete()
    assert responder(desafio, codigo_de(segredo)).status_code == 401


def test_guessing_codes_is_braked_wherever_it_comes_from_and_strangers_cannot_cause_it(ativar, entrar, novo_usuario):
    ana = novo_usuario("ana")
    ativar(ana)
    desafio = entrar(ana.email).json()["desafio"]
    vistos = [
        APIClient().post("/auth/login/codigo", {"desafio": desafio, "codigo": "000000"}, HTTP_X_FORWARDED_FOR=f"203.0.{numero}.7")
        for numero in range(11)
    ]
    assert [answer.status_code for answer in vistos] == [401] * 10 + [429]
    assert vistos[-1]["Retry-After"] in ("1", "2")

    bia = novo_usuario("bia")
    _, recuperacao = ativar(bia)
    for numero in range(30):  # without bia's password nobody comes as far as her codes
        entrar(bia.email, "errada-errada", HTTP_X_FORWARDED_FOR=f"198.51.{numero}.9")
    assert responder(entrar(bia.email).json()["desafio"], recuperacao[0]).status_code == 200


@pytest.mark.parametrize("rota", [FATOR, f"{FATOR}/codigos", f"{FATOR}/desativar"])
def test_a_session_alone_is_not_enough(sessao, ativar, novo_usuario, rota):
    ana = novo_usuario("ana")
    cliente = sessao(ana)
    if rota != FATOR:
        ativar(ana, cliente)
    errada = cliente.post(rota, {"senha": "errada-errada"} | ({"codigo": "000000"} if rota != FATOR else {}))
    assert (errada.status_code, errada.json()["erros"][0]["codigo"]) == (400, "senha_incorreta")
    if rota != FATOR:
        errada = cliente.post(rota, {"senha": SENHA, "codigo": "000000"})
        assert (errada.status_code, errada.json()["erros"][0]["codigo"]) == (400, "codigo_incorreto")


def test_what_is_not_there_cannot_be_confirmed_and_what_is_there_not_replaced(sessao, ativar, novo_usuario):
    ana = novo_usuario("ana")
    cliente = sessao(ana)
    for rota in ("confirmar", "codigos", "desativar"):
        corpo = {"codigo": "000000"} | ({"senha": SENHA} if rota != "confirmar" else {})
        assert cliente.post(f"{FATOR}/{rota}", corpo).json()["codigo"] == "segundo_fator_ausente", rota
    segredo, _ = ativar(ana, cliente)
    assert cliente.post(FATOR, {"senha": SENHA}).json()["codigo"] == "segundo_fator_ativo"
    assert cliente.post(f"{FATOR}/confirmar", {"codigo": codigo_de(segredo)}).json()["codigo"] == "segundo_fator_ativo"


def test_new_recovery_codes_replace_the_old_and_disabling_ends_it(sessao, ativar, entrar, novo_usuario, published):
    ana = novo_usuario("ana")
    cliente = sessao(ana)
    _, antigos = ativar(ana, cliente)
    novos = cliente.post(f"{FATOR}/codigos", {"senha": SENHA, "codigo": antigos[0]}).json()["codigos"]
    assert responder(entrar(ana.email).json()["desafio"], antigos[1]).status_code == 401

    assert cliente.post(f"{FATOR}/desativar", {"senha": SENHA, "codigo": novos[0]}).status_code == 204

    assert entrar(ana.email).status_code == 200
    assert not CodigoRecuperacao.objects.exists()
    assert published("auth.usuario.segundo_fator_desativado.v1")
    assert published("auth.usuario.codigos_renovados.v1")


def test_an_administrator_takes_a_lost_factor_away(sessao, ativar, entrar, novo_usuario, published):
    dono, ana, bia = sessao(novo_usuario("dono", "administrador")), novo_usuario("ana"), novo_usuario("bia")
    cliente = sessao(ana)
    ativar(ana, cliente)
    url = f"/auth/usuarios/{ana.pk}/redefinir-segundo-fator"
    assert sessao(bia).post(url, {}).status_code == 403
    assert dono.post(url, {}, HTTP_IF_MATCH='"v99"').status_code == 412

    assert dono.post(url, {}).status_code == 200

    assert entrar(ana.email).status_code == 200
    assert APIClient().post("/auth/refresh", {"refresh": cliente.par["refresh"]}).status_code == 401
    assert len(published("auth.usuario.segundo_fator_redefinido.v1")) == 1
    assert dono.post(url, {}).status_code == 409
    assert dono.post(f"/auth/usuarios/{bia.pk}/redefinir-segundo-fator", {}).status_code == 409


def test_who_may_not_touch_the_role_may_not_take_its_factor(api, novo_usuario):
    dono = novo_usuario("dono", "administrador")
    SegundoFator.objects.create(usuario=dono, segredo="x", confirmado_em=dono.criado_em)
    limitada = api("usuarios:administrar", "usuarios:ler")
    assert limitada.post(f"/auth/usuarios/{dono.pk}/redefinir-segundo-fator", {}).json()["codigo"] == "alcance_excedido"


def test_a_role_may_demand_it_and_until_then_the_session_only_enrols(sessao, ativar, novo_usuario, papeis):
    dono = sessao(novo_usuario("dono", "administrador"))
    vendedor = papeis["vendedor"]
    assert dono.patch(f"/auth/papeis/{vendedor.pk}", {"exige_segundo_fator": True}).json()["exige_segundo_fator"] is True
    assert Papel.objects.get(pk=vendedor.pk).exige_segundo_fator
    ana = novo_usuario("ana")
    cliente = sessao(ana)

    assert cliente.get(FATOR).json()["exigido"] is True
    assert cliente.get("/auth/eu").status_code == 200
    for rota in ("/auth/usuarios", "/auth/equipes", "/auth/eventos"):
        refused = cliente.get(rota)
        assert (refused.status_code, refused.json()["codigo"]) == (403, "segundo_fator_exigido"), rota

    ativar(ana, cliente)

    par = APIClient().post("/auth/refresh", {"refresh": cliente.par["refresh"]}).json()
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {par['access']}").get("/auth/usuarios").status_code == 200


def test_a_secret_sealed_with_a_lost_key_lets_nobody_in_and_breaks_nothing(ativar, entrar, novo_usuario):
    ana = novo_usuario("ana")
    segredo, _ = ativar(ana)
    SegundoFator.objects.update(segredo="gAAAAAB")
    assert responder(entrar(ana.email).json()["desafio"], codigo_de(segredo)).status_code == 401


def test_the_admin_asks_for_the_code_too(client, ativar, novo_usuario):
    root = novo_usuario("root", "administrador")
    segredo, _ = ativar(root)
    entrada = {"username": root.email, "password": SENHA}
    assert b'name="codigo"' in client.post("/admin/login/", entrada).content
    assert client.get("/admin/").status_code == 302
    client.post("/admin/login/", entrada)

    errado = client.post("/admin/login/", {"codigo": "000000"})
    assert (errado.status_code, b'name="codigo"' in errado.content) == (401, True)
    assert client.post("/admin/login/", {"codigo": codigo_de(segredo)}).status_code == 302
    assert client.get("/admin/contas/usuario/").status_code == 200


def test_the_admin_begins_anew_when_the_challenge_is_over(client, ativar, novo_usuario):
    root = novo_usuario("root", "administrador")
    segredo, _ = ativar(root)
    client.post("/admin/login/", {"username": root.email, "password": SENHA})
    Usuario.objects.update(password="outra")
    assert client.post("/admin/login/", {"codigo": codigo_de(segredo)}).status_code == 401
    assert b'name="password"' in client.get("/admin/login/").content


@pytest.mark.django_db(transaction=True)
def test_of_callers_at_once_one_gets_in_by_a_code(ativar, entrar, novo_usuario):
    ana = novo_usuario("ana")
    segredo, recuperacao = ativar(ana)
    for codigo in (codigo_de(segredo), recuperacao[0]):
        dados = [entrar(ana.email).json()["desafio"] for _ in range(8)]

        def answer(desafio, codigo=codigo):
            try:
                return responder(desafio, codigo).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(answer, dados)) == [200] + [401] * 7
