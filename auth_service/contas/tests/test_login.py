import pytest
from django.contrib.auth import hashers

from contas import senhas
from contas.models import RefreshToken, RegistroAcesso, Sessao, Usuario

from .conftest import SENHA

pytestmark = pytest.mark.django_db


def test_login_opens_a_session(entrar, novo_usuario):
    ana = novo_usuario("ana")

    answer = entrar("Ana@Example.com", HTTP_USER_AGENT="curl/8")

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh", "expires_in", "token_type"}
    assert (answer.json()["expires_in"], answer.json()["token_type"]) == (300, "Bearer")
    assert answer["Cache-Control"] == "no-store"
    sessao = Sessao.objects.get()
    assert (sessao.usuario, sessao.ip, sessao.agente, sessao.encerrada_em) == (ana, "127.0.0.1", "curl/8", None)


def test_no_token_and_no_password_is_kept_in_clear(entrar, novo_usuario):
    ana = novo_usuario("ana")
    refresh = entrar(ana.email).json()["refresh"]

    assert not RefreshToken.objects.filter(hash=refresh).exists()
    assert refresh not in str(list(RefreshToken.objects.values()))
    ana.refresh_from_db()
    assert ana.password.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.parametrize("quem", ["wrong password", "unknown", "inactive", "deleted", "not an address", "no password yet"])
def test_every_refusal_is_the_same(entrar, novo_usuario, quem):
    ana = novo_usuario("ana")
    email, senha = {"unknown": ("eva@example.com", SENHA), "not an address": ("ana", SENHA)}.get(quem, (ana.email, SENHA))
    if quem == "wrong password":
        senha = "outra-senha-27"
    if quem == "inactive":
        Usuario.objects.update(ativo=False)
    if quem == "deleted":
        Usuario.objects.update(excluido_em="2026-01-01T00:00Z")
    if quem == "no password yet":
        Usuario.objects.update(password=hashers.make_password(None))

    answer = entrar(email, senha)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    body = answer.json()
    body.pop("rastro")
    assert body == {
        "type": "urn:crm:problema:credenciais_invalidas",
        "title": "Não autenticado",
        "status": 401,
        "detail": "E-mail ou senha incorretos.",
        "codigo": "credenciais_invalidas",
        "erros": [],
    }
    assert not Sessao.objects.exists()


@pytest.fixture
def hashes(monkeypatch):
    """How many password hashes were computed."""
    computed = []
    for name in ("encode", "verify"):
        original = getattr(hashers.Argon2PasswordHasher, name)

        def counting(self, *args, original=original, **kwargs):
            computed.append(1)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(hashers.Argon2PasswordHasher, name, counting)
    return computed


@pytest.mark.parametrize("quem", ["known", "unknown", "inactive", "not an address", "no password yet"])
def test_every_login_costs_one_hash(entrar, novo_usuario, hashes, quem):
    novo_usuario("ana", ativo=quem != "inactive")
    if quem == "no password yet":
        Usuario.objects.update(password=hashers.make_password(None))
    email = {"unknown": "eva@example.com", "not an address": "ana"}.get(quem, "ana@example.com")

    entrar(email, "uma-senha-qualquer")

    assert len(hashes) == 1


def test_known_and_unknown_run_as_many_statements(entrar, novo_usuario, django_assert_num_queries):
    novo_usuario("ana")
    with django_assert_num_queries(2):
        entrar("ana@example.com", "uma-senha-qualquer")
    with django_assert_num_queries(2):
        entrar("eva@example.com", "uma-senha-qualquer")


def test_attempts_are_recorded_without_what_was_typed(entrar, novo_usuario):
    ana = novo_usuario("ana")
    entrar("minha-senha-no-lugar-errado", "x")
    entrar(ana.email, "x")
    entrar(ana.email)

    registros = list(RegistroAcesso.objects.order_by("id"))
    assert [(registro.usuario, registro.resultado) for registro in registros] == [(None, "falha"), (ana, "falha"), (ana, "ok")]
    assert registros[1].conta == registros[2].conta != registros[0].conta
    assert "minha-senha" not in str(list(RegistroAcesso.objects.values()))


def test_beyond_two_hashes_at_once_is_429(entrar, novo_usuario, monkeypatch):
    novo_usuario("ana")
    monkeypatch.setattr(senhas, "_PATIENCE", 0.01)
    with senhas._turn(), senhas._turn():
        answer = entrar("ana@example.com")

    assert answer.status_code == 429
    assert answer.json()["codigo"] == "muitos_logins"
    assert answer["Retry-After"] == "1"
    assert entrar("ana@example.com").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '{"email": 1, "senha": {}}',
        '{"email": "a@b.com"}',
        '{"email": "a", "senha": "b", "papel": "administrador"}',
        '{"senha": "\\ud800"}',
    ],
)
def test_malformed_bodies_are_400(client, body):
    assert client.post("/auth/login/", body, content_type="application/json").status_code == 400


def test_a_password_of_a_megabyte_is_not_hashed(entrar, hashes):
    assert entrar("ana@example.com", "x" * 200).status_code == 400
    assert hashes == []


def test_an_idempotency_key_keeps_no_token(entrar, novo_usuario):
    from crm_shared.api.models import ChaveIdempotencia

    novo_usuario("ana")
    first, second = (entrar("ana@example.com", HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2))

    assert first["refresh"] != second["refresh"]
    assert not ChaveIdempotencia.objects.exists()
