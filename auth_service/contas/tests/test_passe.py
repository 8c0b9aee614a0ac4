"""A pass takes one of our pages into the session of another: once, soon, and only while that session is open."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from contas.models import RefreshToken, Sessao
from contas.sessoes import PASSE

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(sessao, novo_usuario):
    return sessao(novo_usuario("ana"))


def renovar(passe):
    return APIClient().post("/auth/refresh", {"refresh": passe}, format="json")


def test_a_pass_goes_on_in_the_same_session_beside_its_own_chain(ana):
    answer = ana.post("/auth/passe")

    assert (answer.status_code, answer.json()["expires_in"]) == (200, 60)
    assert renovar(answer.json()["passe"]).status_code == 200
    assert renovar(ana.par["refresh"]).status_code == 200
    assert Sessao.objects.count() == 1


def test_leaving_by_either_ends_both(ana):
    outro = renovar(ana.post("/auth/passe").json()["passe"]).json()["refresh"]

    APIClient().post("/auth/logout", {"refresh": outro}, format="json")

    assert renovar(ana.par["refresh"]).status_code == 401


def test_a_pass_that_is_used_again_later_ends_the_session(ana):
    passe = ana.post("/auth/passe").json()["passe"]
    renovar(passe)
    RefreshToken.objects.filter(consumido_em__isnull=False).update(consumido_em=timezone.now() - timedelta(seconds=11))

    assert renovar(passe).status_code == 401
    assert Sessao.objects.get().motivo == "reuso"


def test_a_pass_is_short(ana):
    passe = ana.post("/auth/passe").json()["passe"]
    ultimo = RefreshToken.objects.latest("criado_em")
    assert ultimo.expira_em - timezone.now() <= PASSE
    RefreshToken.objects.filter(pk=ultimo.pk).update(expira_em=timezone.now())

    assert renovar(passe).status_code == 401
    assert Sessao.objects.get().encerrada_em is None


def test_none_for_an_ended_session_nor_without_one(ana):
    APIClient().post("/auth/logout", {"refresh": ana.par["refresh"]}, format="json")

    answer = ana.post("/auth/passe")
    assert (answer.status_code, answer.json()["codigo"]) == (401, "sessao_encerrada")
    assert APIClient().post("/auth/passe").status_code == 401


def test_it_takes_nothing(ana):
    answer = ana.post("/auth/passe", {"sid": "outra"}, format="json")
    assert (answer.status_code, answer.json()["erros"][0]["campo"]) == (400, "sid")
    assert ana.post("/auth/passe", [], format="json").status_code == 400
