"""A refresh token works once; a second use of it ends the session."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contas.models import Papel, RefreshToken, Sessao, Usuario
from crm_shared.auth.keys import KeySet
from crm_shared.auth.tokens import TokenVerifier

pytestmark = pytest.mark.django_db


@pytest.fixture
def renovar(client):
    def refresh(token):
        return client.post("/auth/refresh", {"refresh": token}, content_type="application/json")

    return refresh


@pytest.fixture
def primeiro(entrar, novo_usuario):
    """The first refresh token of a session of ana's."""
    return entrar(novo_usuario("ana").email).json()["refresh"]


@pytest.fixture
def claims(chave):
    verifier = TokenVerifier(KeySet.of(chave.jwks), "crm-auth", ["crm"])
    return lambda answer: verifier.verify(answer.json()["access"])


def envelhecer(**campos):
    """Move the instants of all refresh tokens into the past."""
    for campo, quanto in campos.items():
        for token in RefreshToken.objects.exclude(**{campo: None}):
            RefreshToken.objects.filter(pk=token.pk).update(**{campo: getattr(token, campo) - quanto})


def test_refresh_gives_a_new_pair_of_the_same_session(renovar, primeiro, claims, published):
    answer = renovar(primeiro)

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh", "expires_in", "token_type"}
    assert answer.json()["refresh"] != primeiro
    assert claims(answer).sid == str(Sessao.objects.get().pk)
    assert renovar(answer.json()["refresh"]).status_code == 200


def test_a_lost_answer_may_be_asked_for_again(renovar, primeiro):
    first, again = renovar(primeiro), renovar(primeiro)

    assert again.status_code == 200
    assert again.json()["refresh"] == first.json()["refresh"]
    assert RefreshToken.objects.count() == 2


def assert_session_is_dead(renovar, published, *tokens):
    sessao = Sessao.objects.get()
    assert sessao.motivo == Sessao.Motivo.REUSO
    for token in tokens:
        answer = renovar(token)
        assert (answer.status_code, answer.json()["codigo"]) == (401, "refresh_invalido")
    assert len(published("auth.sessao.reuso_detectado.v1")) == 1
    encerrada = published("auth.sessao.encerrada.v1")
    assert len(encerrada) == 1
    assert (encerrada[0].agregado_id, encerrada[0].dados["motivo"]) == (sessao.pk, "reuso")
    assert encerrada[0].ator == str(sessao.usuario_id)


def test_after_the_grace_a_reuse_ends_the_session(renovar, primeiro, published):
    segundo = renovar(primeiro).json()["refresh"]
    envelhecer(consumido_em=timedelta(seconds=11))

    assert renovar(primeiro).status_code == 401
    assert_session_is_dead(renovar, published, primeiro, segundo)


def test_within_the_grace_a_parent_whose_child_was_used_ends_the_session(renovar, primeiro, published):
    segundo = renovar(primeiro).json()["refresh"]
    terceiro = renovar(segundo).json()["refresh"]

    assert renovar(primeiro).status_code == 401
    assert_session_is_dead(renovar, published, primeiro, segundo, terceiro)


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "a.b.c"])
def test_unknown_tokens_are_401(renovar, token):
    assert renovar(token).status_code == 401


def test_an_access_token_is_no_refresh_token(renovar, entrar, novo_usuario):
    assert renovar(entrar(novo_usuario("ana").email).json()["access"]).status_code == 401


def test_an_idle_token_runs_out_without_being_a_reuse(renovar, primeiro):
    envelhecer(expira_em=timedelta(hours=12, seconds=1))

    assert renovar(primeiro).status_code == 401
    assert Sessao.objects.get().encerrada_em is None


def test_a_session_ends_after_thirty_days_however_busy(renovar, primeiro):
    Sessao.objects.update(absoluta_ate=timezone.now() + timedelta(hours=1))
    segundo = renovar(primeiro).json()["refresh"]
    assert RefreshToken.objects.get(pai__isnull=False).expira_em == Sessao.objects.get().absoluta_ate

    Sessao.objects.update(absoluta_ate=timezone.now())
    assert renovar(segundo).status_code == 401


def test_rights_and_name_are_read_again(renovar, primeiro, claims, nova_equipe, papeis):
    Usuario.objects.update(papel=papeis["leitura"], equipe=nova_equipe("Norte"), nome="Ana Maria")

    lidas = claims(renovar(primeiro))

    assert "clientes:criar" not in lidas.scopes
    assert lidas.vis == {"*": "todos"}
    assert len(lidas.equipes) == 1
    assert lidas.nome == "Ana Maria"


def test_a_role_that_lost_a_permission_counts_at_once(renovar, primeiro, claims):
    Papel.objects.get(nome="vendedor").permissoes.filter(recurso="clientes", acao="criar").delete()
    assert "clientes:criar" not in claims(renovar(primeiro)).scopes


@pytest.mark.parametrize("campos", [{"ativo": False}, {"excluido_em": timezone.now()}])
def test_who_may_not_sign_in_may_not_refresh(renovar, primeiro, campos):
    Usuario.objects.update(**campos)
    assert renovar(primeiro).status_code == 401


def test_the_statements_of_a_refresh_do_not_grow(renovar, primeiro, queries, nova_equipe):
    for numero in range(20):
        nova_equipe(f"Equipe {numero}")
    with queries(10):
        assert renovar(primeiro).status_code == 200
