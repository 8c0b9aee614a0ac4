"""Open sessions and attempts to sign in: seen, named and ended by whom they concern, and by who administers users."""

from uuid import uuid4

import pytest

from contas.models import RefreshToken, RegistroAcesso, Revogacao, Sessao
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db
SESSOES, ACESSOS = "/auth/sessoes", "/auth/acessos"


@pytest.fixture
def ana(novo_usuario):
    return novo_usuario("ana")


@pytest.fixture
def dono(sessao, novo_usuario):
    return sessao(novo_usuario("dono", "administrador"))


def linhas(cliente, endereco=SESSOES, **parametros):
    answer = cliente.get(endereco, parametros)
    assert answer.status_code == 200, answer.content
    return answer.json()["resultados"]


def da_atual(cliente):
    return next(linha for linha in linhas(cliente) if linha["atual"])


def renova(client, cliente):
    return client.post("/auth/refresh", {"refresh": cliente.par["refresh"]}, content_type="application/json").status_code == 200


def test_people_see_and_name_their_own(sessao, ana, novo_usuario, published, queries):
    aqui, celular, alheia = sessao(ana), sessao(ana), sessao(novo_usuario("bruno"))
    with queries(2):
        vistas = linhas(aqui)
    assert [linha["atual"] for linha in vistas] == [False, True]
    assert {(linha["usuario_nome"], linha["motivo"], linha["nome"]) for linha in vistas} == {("Ana", "", "")}
    assert all(linha["usada_em"] and linha["ip"] for linha in vistas)

    uma = f"{SESSOES}/{da_atual(celular)['id']}"
    mudada = aqui.patch(uma, {"nome": "celular"}, headers={"If-Match": '"v1"'})
    assert (mudada.status_code, mudada.json()["nome"], mudada["ETag"]) == (200, "celular", '"v2"')
    [evento] = published("auth.sessao.nomeada.v1")
    assert evento.dados["nome"] == "celular"
    assert aqui.get(uma).json()["atual"] is False
    for cliente, endereco in ((alheia, uma), (aqui, f"{SESSOES}/{uuid4()}")):
        assert_problem(cliente.get(endereco), 404)
        assert_problem(cliente.patch(endereco, {"nome": "x"}), 404)
        assert_problem(cliente.post(f"{endereco}/encerrar"), 404)


@pytest.mark.parametrize(
    "corpo", [{"nome": "x" * 61}, {"nome": "a\0"}, {"nome": 1}, {"ip": "203.0.113.7"}, {"usuario_id": str(uuid4())}, {"y": 1}]
)
def test_nothing_else_can_be_changed(sessao, ana, corpo):
    aqui = sessao(ana)
    assert_problem(aqui.patch(f"{SESSOES}/{da_atual(aqui)['id']}", corpo), 400)


def test_one_that_is_ended_renews_nothing_and_is_revoked(client, sessao, ana, published):
    aqui, celular = sessao(ana), sessao(ana)
    pk = da_atual(celular)["id"]
    ended = [aqui.post(f"{SESSOES}/{pk}/encerrar").json() for _ in range(2)]
    assert ended[0] == ended[1]
    assert (ended[0]["motivo"], ended[0]["encerrada_em"] is None) == ("remoto", False)
    assert Revogacao.objects.filter(alvo=f"sid:{pk}").count() == len(published("auth.sessao.encerrada.v1")) == 1
    assert [linha["atual"] for linha in linhas(aqui, aberta="true")] == [True]
    assert [linha["id"] for linha in linhas(aqui, aberta="false")] == [pk]
    assert not renova(client, celular)
    assert renova(client, aqui)


def test_what_nobody_renewed_is_not_open(sessao, ana, dono):
    sessao(ana)
    RefreshToken.objects.filter(sessao__usuario=ana).delete()
    assert linhas(dono, aberta="true", usuario_id=str(ana.pk)) == []
    assert len(linhas(dono, usuario_id=str(ana.pk))) == 1


def test_all_others_end_at_once(client, sessao, ana, novo_usuario):
    aqui, celular, alheia = sessao(ana), sessao(ana), sessao(novo_usuario("bruno"))
    assert aqui.post(f"{SESSOES}/encerrar-outras").status_code == 204
    assert [renova(client, cliente) for cliente in (aqui, celular, alheia)] == [True, False, True]
    assert_problem(aqui.post(f"{SESSOES}/encerrar-outras", {"x": 1}), 400)


def test_who_administers_users_sees_and_ends_theirs(client, sessao, ana, dono, papeis, novo_usuario, published):
    celular, outra = sessao(ana), sessao(ana)
    pk = da_atual(celular)["id"]
    assert len(linhas(dono)) == 3
    assert len(linhas(dono, usuario_id=str(ana.pk))) == 2
    assert_problem(dono.patch(f"{SESSOES}/{pk}", {"nome": "x"}), 403)
    assert dono.post(f"{SESSOES}/{pk}/encerrar").status_code == 200
    assert dono.post(f"/auth/usuarios/{ana.pk}/encerrar-sessoes").status_code == 200
    assert [renova(client, cliente) for cliente in (celular, outra, dono)] == [False, False, True]
    assert_problem(sessao(novo_usuario("caio")).post(f"/auth/usuarios/{ana.pk}/encerrar-sessoes"), 403)


def test_the_session_of_somebody_who_may_more_is_out_of_reach(sessao, novo_usuario, dono, papeis):
    papeis["leitura"].permissoes.create(recurso="usuarios", acao="administrar", visibilidade="todos")
    suporte = sessao(novo_usuario("rita", "leitura"))
    dele = Sessao.objects.get(usuario__email="dono@example.com")
    assert assert_problem(suporte.post(f"{SESSOES}/{dele.pk}/encerrar"), 403)["codigo"] == "alcance_excedido"
    assert Sessao.objects.get(pk=dele.pk).encerrada_em is None


def test_the_access_log_tells_each_try_to_whom_it_concerns(sessao, entrar, ana, novo_usuario, dono, queries):
    entrar(ana.email, "senha errada qualquer")
    entrar("ninguem@example.com")
    dela = sessao(ana)
    with queries(2):
        vistos = linhas(dela, ACESSOS)
    assert [(linha["resultado"], linha["usuario_nome"]) for linha in vistos] == [("ok", "Ana"), ("falha", "Ana")]
    assert [linha["resultado"] for linha in linhas(dela, ACESSOS, resultado="falha")] == ["falha"]
    assert linhas(sessao(novo_usuario("bruno")), ACESSOS, usuario_id=str(ana.pk)) == []
    assert None in {linha["usuario_id"] for linha in linhas(dono, ACESSOS)}
    for parametros in ({"resultado": "x"}, {"usuario_id": "1"}, {"x": "1"}):
        assert_problem(dela.get(ACESSOS, parametros), 400)


def test_who_reaches_a_team_sees_no_strangers(sessao, entrar, novo_usuario, nova_equipe, papeis):
    norte = nova_equipe("Norte")
    papeis["gerente"].permissoes.create(recurso="usuarios", acao="administrar", visibilidade="equipe")
    gil = sessao(novo_usuario("gil", "gerente", equipe=norte))
    sessao(novo_usuario("ana", equipe=norte))
    sessao(novo_usuario("carla"))
    entrar("ninguem@example.com")
    assert RegistroAcesso.objects.count() == 4
    assert {linha["usuario_nome"] for linha in linhas(gil, ACESSOS)} == {"Gil", "Ana"}
    assert {linha["usuario_nome"] for linha in linhas(gil)} == {"Gil", "Ana"}
