"""The same with real threads on the real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import Count, F
from django.test import Client

from contas import sessoes
from contas.models import RefreshToken, Sessao, Usuario
from contas.rede import Origem
from contas.services import desativar_usuario
from crm_shared.auth.principal import Principal
from crm_shared.errors import DomainError

pytestmark = pytest.mark.django_db(transaction=True)


def ao_mesmo_tempo(*functions):
    """Run the functions at one moment, each in a thread with a connection of its own; their results in order."""
    barrier = Barrier(len(functions))

    def run(function):
        try:
            barrier.wait()
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def postar(path, refresh):
    """A 503 says to try again: on a busy machine a row's lock may not come in time."""
    answer = Client().post(path, {"refresh": refresh}, content_type="application/json")
    return postar(path, refresh) if answer.status_code == 503 else answer


renovar, sair = partial(postar, "/auth/refresh"), partial(postar, "/auth/logout")


def test_32_threads_make_one_successor(entrar, novo_usuario, monkeypatch):
    monkeypatch.setattr(sessoes, "GRACA", timedelta(minutes=5))  # a busy machine takes more than 10 s for all of them
    refresh = entrar(novo_usuario("ana").email).json()["refresh"]
    for _ in range(3):
        answers = ao_mesmo_tempo(*[partial(renovar, refresh)] * 32)

        assert {answer.status_code for answer in answers} == {200}
        sucessores = {answer.json()["refresh"] for answer in answers}
        assert len(sucessores) == 1
        refresh = sucessores.pop()
    assert RefreshToken.objects.count() == 4
    assert not RefreshToken.objects.exclude(pai=None).values("pai").annotate(filhos=Count("pk")).filter(filhos__gt=1).exists()


def test_after_a_logout_nothing_of_the_family_works(novo_usuario, published):
    """50 rounds: whoever wins, no refresh token that anybody holds afterwards is good, and the session ended once."""
    ana = novo_usuario("ana")
    for _ in range(50):
        _sessao, refresh = sessoes._abrir(ana, Origem("", ""))
        answer, *saidas = ao_mesmo_tempo(partial(renovar, refresh), *[partial(sair, refresh)] * 3)

        assert [saida.status_code for saida in saidas] == [204] * 3
        assert answer.status_code in (200, 401)
        assert renovar(refresh).status_code == 401
        if answer.status_code == 200:
            assert renovar(answer.json()["refresh"]).status_code == 401
    assert not Sessao.objects.filter(encerrada_em=None).exists()
    assert not RefreshToken.objects.filter(criado_em__gt=F("sessao__encerrada_em")).exists()
    assert len(published("auth.sessao.encerrada.v1")) == Sessao.objects.filter(versao=2).count() == 50


def test_a_login_during_a_deactivation_leaves_no_open_session(entrar, novo_usuario):
    dono = Principal("svc:auth", frozenset({"papeis:administrar"}), {"*": "todos"}, ())
    for numero in range(10):
        usuario = novo_usuario(f"pessoa{numero}")
        ao_mesmo_tempo(lambda u=usuario: entrar(u.email), lambda u=usuario: desativar_usuario(ator=dono, pk=u.pk))
        assert not Sessao.objects.filter(usuario=usuario, encerrada_em=None).exists()


def test_two_administrators_cannot_dismiss_each_other(novo_usuario):
    dono = Principal("svc:auth", frozenset({"papeis:administrar"}), {"*": "todos"}, ())
    um, outro = novo_usuario("um", "administrador"), novo_usuario("outro", "administrador")

    def dismiss(usuario):
        try:
            desativar_usuario(ator=dono, pk=usuario.pk)
        except DomainError as refusal:
            return refusal.codigo

    answers = ao_mesmo_tempo(lambda: dismiss(um), lambda: dismiss(outro))

    assert sorted(answers, key=str) == [None, "ultimo_administrador"]
    assert Usuario.objects.filter(ativo=True).count() == 1
