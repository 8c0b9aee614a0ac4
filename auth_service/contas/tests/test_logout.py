import pytest
from rest_framework.test import APIClient

from contas.models import Sessao

pytestmark = pytest.mark.django_db


def logout(client, body=None, **extra):
    return client.post("/auth/logout", body or {}, format="json", **extra)


def test_logout_by_refresh_token(sessao, novo_usuario, published):
    ana = sessao(novo_usuario("ana"))

    assert logout(APIClient(), {"refresh": ana.par["refresh"]}).status_code == 204

    assert Sessao.objects.get().motivo == "logout"
    assert [evento.dados["motivo"] for evento in published("auth.sessao.encerrada.v1")] == ["logout"]
    assert APIClient().post("/auth/refresh", {"refresh": ana.par["refresh"]}).status_code == 401


def test_logout_by_access_token_ends_that_session_alone(sessao, novo_usuario):
    usuario = novo_usuario("ana")
    primeira, segunda = sessao(usuario), sessao(usuario)

    assert logout(primeira).status_code == 204

    assert APIClient().post("/auth/refresh", {"refresh": primeira.par["refresh"]}).status_code == 401
    assert APIClient().post("/auth/refresh", {"refresh": segunda.par["refresh"]}).status_code == 200


def test_a_used_up_refresh_token_still_ends_its_session(sessao, novo_usuario):
    ana = sessao(novo_usuario("ana"))
    segundo = APIClient().post("/auth/refresh", {"refresh": ana.par["refresh"]}).json()["refresh"]

    assert logout(APIClient(), {"refresh": ana.par["refresh"]}).status_code == 204
    assert APIClient().post("/auth/refresh", {"refresh": segundo}).status_code == 401


def test_an_expired_access_token_beside_a_refresh_token_does_not_matter(sessao, novo_usuario, chave):
    ana = sessao(novo_usuario("ana"))
    ana.credentials(HTTP_AUTHORIZATION=f"Bearer {chave.token(exp=1)}")
    assert logout(ana, {"refresh": ana.par["refresh"]}).status_code == 204


def test_twice_and_unknown_are_204(sessao, novo_usuario, published):
    ana = sessao(novo_usuario("ana"))
    for _ in range(2):
        assert logout(ana).status_code == 204
    assert logout(APIClient(), {"refresh": "desconhecido"}).status_code == 204
    assert len(published("auth.sessao.encerrada.v1")) == 1


def test_without_any_token_is_401():
    answer = logout(APIClient())
    assert (answer.status_code, answer.json()["codigo"]) == (401, "token_ausente")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_forged_token_is_401(forge):
    answer = logout(APIClient(HTTP_AUTHORIZATION=f"Bearer {forge.token()}"))
    assert (answer.status_code, answer.json()["codigo"]) == (401, "token_invalido")
