"""Tokens for services: proven by their own key, short, for one target, never more than the user whom they act for."""

import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from rest_framework.test import APIClient

from contas import keys, servicos
from contas.models import Permissao
from crm_shared.auth.keys import KeySet
from crm_shared.auth.scopes import ACOES, RECURSOS
from crm_shared.auth.tokens import InvalidToken, TokenVerifier
from crm_shared.testing.forge import Forge

pytestmark = pytest.mark.django_db


@pytest.fixture
def automacao(settings, tmp_path):
    """automacao's own key, known to auth."""
    keys = Forge()
    (tmp_path / "automacao.pub.pem").write_bytes(keys.public_bytes(Encoding.PEM))
    return keys


@pytest.fixture
def assertion(automacao):
    def make(signer=None, header=None, drop=(), **changes):
        agora = int(time.time())
        claims = {
            "iss": "svc:automacao",
            "sub": "svc:automacao",
            "aud": "crm-auth",
            "iat": agora,
            "exp": agora + 60,
            "jti": str(uuid.uuid4()),
        }
        claims = {name: value for name, value in {**claims, **changes}.items() if name not in drop}
        return (signer or automacao).sign(claims, header or {"alg": "ES256", "typ": "JWT"})

    return make


def pedir(assertion, audiencia="tarefas", **body):
    return APIClient().post("/auth/interno/token", {"assertion": assertion, "audiencia": audiencia, **body})


def claims(answer, audiencia="tarefas"):
    return TokenVerifier(KeySet.of(keys.jwks()), "crm-auth", ["crm", audiencia]).verify(answer.json()["access"])


def test_a_service_gets_a_short_token_for_one_target(assertion):
    answer = pedir(assertion())

    assert answer.status_code == 200
    assert (answer.json()["expires_in"], answer.json()["token_type"]) == (120, "Bearer")
    lidas = claims(answer)
    assert (lidas.sub, lidas.aud, lidas.obo, lidas.nome) == ("svc:automacao", ("tarefas",), None, None)
    assert lidas.exp - lidas.iat == 120
    assert lidas.scopes == set(servicos.ESCOPOS["automacao"])
    assert (lidas.vis, lidas.equipes) == ({"*": "todos"}, ())
    with pytest.raises(InvalidToken):
        claims(answer, "vendas")


def test_for_a_user_it_is_both_rights_together(assertion, novo_usuario, nova_equipe):
    ana = novo_usuario("ana", "vendedor", equipe=nova_equipe("Norte"))
    Permissao.objects.filter(papel=ana.papel, recurso="tarefas", acao="criar").delete()

    lidas = claims(pedir(assertion(), obo=str(ana.pk)))

    assert lidas.obo == str(ana.pk)
    assert "tarefas:criar" not in lidas.scopes
    assert "clientes:criar" not in lidas.scopes
    assert {"clientes:ler", "tarefas:editar"} <= lidas.scopes
    assert lidas.vis == {"*": "proprio", "automacao": "todos", "empresas": "todos"}
    assert lidas.equipes == (str(ana.equipe_id),)


@pytest.mark.parametrize("estado", ["inactive", "deleted", "unknown"])
def test_for_nobody_it_gets_nothing(assertion, novo_usuario, estado):
    campos = {"inactive": {"ativo": False}, "deleted": {"excluido_em": "2026-01-01T00:00Z"}}.get(estado, {})
    obo = novo_usuario("ana", **campos).pk if campos else uuid.uuid4()

    answer = pedir(assertion(), obo=str(obo))
    assert (answer.status_code, answer.json()["codigo"]) == (422, "obo_inativo")


AGORA = time.time


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "svc:vendas", "sub": "svc:vendas"},
        {"sub": "svc:vendas"},
        {"iss": "svc:../automacao"},
        {"iss": "automacao"},
        {"iss": ["svc:automacao"]},
        {"iss": None},
        {"aud": "crm"},
        {"aud": ["crm-auth", "crm"]},
        {"exp": 1},
        {"exp": 2**33},
        {"exp": "amanhã"},
        {"iat": 2**33},
        {"jti": ""},
        {"jti": "x" * 200},
        {"jti": 7},
        {"sub": None},
        {"drop": ["jti"]},
        {"drop": ["exp"]},
        {"drop": ["iat"]},
        {"drop": ["sub"]},
        {"drop": ["aud"]},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"header": {"alg": "ES256", "crit": ["x"], "x": 1}},
    ],
)
def test_a_bad_assertion_is_401(assertion, wrong):
    answer = pedir(assertion(**wrong))
    assert (answer.status_code, answer.json()["codigo"]) == (401, "assercao_invalida"), wrong


def test_another_key_is_401(assertion, chave):
    assert pedir(assertion(signer=Forge())).status_code == 401
    assert pedir(assertion(signer=chave)).status_code == 401


def test_hmac_with_the_public_key_is_401(assertion, automacao):
    agora = int(time.time())
    claims = {"iss": "svc:automacao", "sub": "svc:automacao", "aud": "crm-auth", "iat": agora, "exp": agora + 60, "jti": "1"}
    confused = jwt.api_jws.PyJWS(algorithms=["HS256"])
    secret = automacao.jwk["x"].encode()
    assert pedir(confused.encode(jwt.api_jws.json.dumps(claims).encode(), secret, "HS256")).status_code == 401


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "." * 10])
def test_what_is_no_assertion(text):
    assert pedir(text).status_code in (400, 401)


def test_an_assertion_works_once(assertion):
    uma = assertion()
    assert pedir(uma).status_code == 200
    assert pedir(uma).status_code == 401


def test_a_service_without_a_key_on_file_is_401(assertion, tmp_path):
    (tmp_path / "automacao.pub.pem").unlink()
    assert pedir(assertion()).status_code == 401


def test_only_one_known_target(assertion):
    for audiencia in ("crm", "*", ["tarefas", "vendas"], "gateway", ""):
        assert pedir(assertion(), audiencia).status_code == 400


def test_an_access_token_is_no_assertion(sessao, novo_usuario, automacao):
    assert pedir(sessao(novo_usuario("ana")).par["access"]).status_code == 401


def test_for_itself_it_is_told_all_that_the_user_may(assertion, novo_usuario, nova_equipe):
    """Whoever tells somebody something later must know whether he or she may still see it; elsewhere the token opens nothing."""
    ana = novo_usuario("ana", "vendedor", equipe=nova_equipe("Norte"))
    answer = pedir(assertion(), "automacao", obo=str(ana.pk))
    lidas = claims(answer, "automacao")
    assert lidas.scopes == {item.escopo for item in Permissao.objects.filter(papel=ana.papel)}
    assert "pessoais:ler" in lidas.scopes - set(servicos.ESCOPOS["automacao"])
    assert (lidas.vis["*"], lidas.equipes) == ("proprio", (str(ana.equipe_id),))
    with pytest.raises(InvalidToken):
        claims(answer, "clientes")


def test_a_service_token_reads_users_and_changes_none(assertion, novo_usuario):
    ana = novo_usuario("ana")
    access = pedir(assertion(), "auth").json()["access"]
    automacao = APIClient(HTTP_AUTHORIZATION=f"Bearer {access}")

    assert automacao.get(f"/auth/usuarios/{ana.pk}").status_code == 200
    assert automacao.patch(f"/auth/usuarios/{ana.pk}", {"nome": "X"}).status_code == 403
    assert automacao.get("/auth/eu").status_code == 401


def test_fixed_scopes_use_the_vocabulary():
    for escopos in servicos.ESCOPOS.values():
        for escopo in escopos:
            recurso, acao = escopo.split(":")
            assert recurso in RECURSOS
            assert acao in ACOES
