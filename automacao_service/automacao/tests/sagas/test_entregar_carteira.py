"""Somebody left: all that was theirs goes to another, whatever is down, killed or asked for twice meanwhile."""

from dataclasses import replace
from uuid import uuid4

import pytest

from automacao.models import PassoSaga, Saga
from automacao.sagas import motor
from automacao.sagas.definicao import Definicao, Passo, Pedido
from automacao.sagas.entregar_carteira import RECURSOS, passos
from automacao.sagas.registro import DEFINICOES, atual
from crm_shared.events.contracts import auth
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import assert_problem
from crm_shared.testing.http_server import Reply

from .carteiras import Carteiras
from .conftest import dar_a_vez, levar, no_ar
from .servicos import Defeito

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(240)]

X, Y, Z = (str(uuid4()) for _ in range(3))  # who left, who receives, and another
ALGUNS = ("clientes", "vendas", "comunicacao", "tarefas")  # enough where all would tell no more
TUDO = 3 * len(ALGUNS)
DEPOIS_DE_TUDO = 2 * len(ALGUNS)
LONGE = 400  # more turns than any of these takes


@pytest.fixture
def mundo(settings, tmp_path, monkeypatch):
    """Three records of X's in each collection, and one of somebody else's."""
    monkeypatch.setattr("crm_shared.client._PAUSES", ())
    curta = replace(atual("entregar-carteira"), passos=passos(ALGUNS))
    monkeypatch.setitem(DEFINICOES, ("entregar-carteira", 1), curta)
    with no_ar(Carteiras(ativos={X: False, Y: True, Z: True}), settings, tmp_path / "automacao.pem") as carteiras:
        for recurso in ALGUNS:
            for dono in (X, X, X, "alguem"):
                carteiras.novo(recurso, dono)
        yield carteiras


@pytest.fixture
def pedir(deliver, mundo, ana):
    """`pedir()` is the saga that begins when ana deactivates X in favour of Y; `pedir(evento=..., para=...)` otherwise."""

    def begin(para=Y, *, de=X, contrato=auth.UsuarioDesativado, **membros):
        pessoa = {"nome": "Xisto", "email": "x@example.com", "equipe_id": None, "papel": "vendedor", "ativo": False}
        deliver(contrato(**pessoa, transferir_para=para), de, versao=2, ator=str(ana.id), **membros)
        return Saga.objects.order_by("id").last()

    return begin


def tudo_com(mundo, dono, quantos=TUDO):
    assert (mundo.de(dono), mundo.de("alguem")) == (quantos, len(ALGUNS))


def contagens(saga, sufixo="_fim"):
    passos = saga.passos.filter(passo__endswith=sufixo, grupo=saga.grupo).order_by("ordem")
    return {passo.passo.removesuffix(sufixo): passo.saida for passo in passos}


@pytest.mark.parametrize("contrato", [auth.UsuarioDesativado, auth.UsuarioEntregaPedida])
def test_all_that_was_theirs_is_anothers(api, pedir, mundo, ana, published, monkeypatch, contrato):
    inteira = replace(atual("entregar-carteira"), passos=passos(RECURSOS))
    monkeypatch.setitem(DEFINICOES, ("entregar-carteira", 1), inteira)
    for recurso in {*RECURSOS} - {*ALGUNS}:
        mundo.novo(recurso, X)
    saga = levar(pedir(contrato=contrato), LONGE)
    assert (saga.estado, saga.tipo, str(saga.alvo_id), saga.responsavel_id) == ("concluida", "entregar-carteira", X, ana.id)
    tudo_com(mundo, Y, TUDO + len(RECURSOS) - len(ALGUNS))
    visto = api().get(f"/automacao/sagas/{saga.pk}").json()
    saidas = {passo["passo"]: passo["saida"] for passo in visto["passos"]}
    for recurso in RECURSOS:
        nome = recurso.replace("/", "_")
        quantos = 3 if recurso in ALGUNS else 1
        primeira = {campo: saidas[f"{nome}_fim"][campo] for campo in ("total", "feitos", "erros")}
        assert primeira == {"total": quantos, "feitos": quantos, "erros": 0}
        assert saidas[f"{nome}_resto_fim"]["feitos"] == 0
        assert mundo.operacoes[saidas[f"{nome}_fim"]["operacao"]]["recurso"] == recurso
    assert [evento.tipo.split(".")[2] for evento in published() if evento.agregado == "automacao.saga"] == ["iniciada", "concluida"]


def test_what_belongs_to_people_is_what_is_declared():
    """Each service's own test (crm_shared.testing.handover) says the same of its part."""
    assert set(RECURSOS) == {
        "clientes",
        "clientes/leads",
        "empresas",
        "vendas",
        "comunicacao",
        "comunicacao/identidades",
        "tarefas",
        "automacao",
    }


def test_without_a_receiver_nothing_begins(pedir):
    assert pedir(para=None) is None


def test_an_event_told_again_begins_nothing(pedir):
    evento = uuid7()
    pedir(id=evento)
    pedir(id=evento)
    pedir(recontado=True)
    assert Saga.objects.count() == 1


def test_what_came_to_the_person_meanwhile_goes_too(pedir, mundo):
    def chegar(call):
        if call.path.endswith("/tarefas/lote") and mundo.de(X) == TUDO:
            mundo.novo("clientes", X)

    mundo.ao_chamar = chegar
    saga = levar(pedir(), LONGE)
    assert saga.estado == "concluida"
    tudo_com(mundo, Y, TUDO + 1)
    assert contagens(saga, "_resto_fim")["clientes"]["feitos"] == 1


def test_its_progress_is_seen_and_costs_no_try(pedir, mundo):
    """Also of an operation that takes longer than a step that fails would be tried."""
    for _ in range(20):
        mundo.novo("vendas", X)
    mundo.porcao, saga = 1, pedir()
    vistos = set()
    while saga.estado == "executando":
        dar_a_vez()
        antes = saga.progresso_em
        motor.executar(saga.pk)
        saga.refresh_from_db()
        passo = PassoSaga.objects.filter(passo="vendas_fim").first()
        if saga.passo_atual == "vendas_fim":
            assert (saga.erro, passo.tentativa, passo.estado) == ("aguardando_servico", 0, "executando")
            assert saga.progresso_em > antes
            vistos.add(passo.saida["feitos"])
    assert (saga.estado, vistos >= set(range(1, 22))) == ("concluida", True)
    assert len(passo.respostas) == 1


@pytest.mark.parametrize(
    ("onde", "como"),
    [
        ("POST /vendas/lote", Reply(503)),
        ("POST /vendas/lote", "perdida"),
        ("GET /comunicacao/operacoes/.*", Reply(503)),
        ("GET /auth/usuarios/.*", Reply(503)),
    ],
)
def test_a_service_that_is_out_is_waited_for(pedir, mundo, onde, como):
    mundo.defeitos.append(Defeito(onde, como, vezes=12))
    saga = levar(pedir(), LONGE)
    assert saga.estado == "concluida"
    tudo_com(mundo, Y)
    assert len(mundo.operacoes) == DEPOIS_DE_TUDO


class Morte(BaseException):
    """kill -9, as seen from inside."""


@pytest.mark.parametrize("lugar", ["saga.passo_comecado", "saga.passo_respondido", "_avancar", "_aguardar"])
def test_a_worker_that_dies_at_each_step_leaves_nothing_out_and_nothing_twice(pedir, mundo, monkeypatch, lugar):
    mortos = set()
    real = getattr(motor, lugar) if lugar.startswith("_") else motor.point

    def mortal(*args):
        resultado = real(*args)
        onde = Saga.objects.get().passo_atual
        if (lugar.startswith("_") or args == (lugar,)) and onde not in mortos:
            mortos.add(onde)
            raise Morte
        return resultado

    monkeypatch.setattr(motor, lugar if lugar.startswith("_") else "point", mortal)
    saga = pedir()
    for _ in range(LONGE):
        Saga.objects.update(arrendada_ate=None)
        dar_a_vez()
        try:
            motor.executar(saga.pk)
        except Morte:
            continue
        saga.refresh_from_db()
        if saga.estado != "executando":
            break
    assert saga.estado == "concluida"
    assert len(mortos) >= len(ALGUNS)
    tudo_com(mundo, Y)
    assert len(mundo.operacoes) == DEPOIS_DE_TUDO


# -- what does not end well --


@pytest.mark.parametrize("estado", ["falhou", "cancelada", "desfeita"])
def test_an_operation_that_ends_badly_gives_everything_back(pedir, mundo, estado):
    def quebrar(call):
        for operacao in mundo.operacoes.values():
            if operacao["recurso"] == "tarefas" and operacao["feitos"] and operacao["faltam"]:
                mundo._encerrar(operacao, estado)
                operacao["motivo"] = "Erro interno."

    mundo.ao_chamar = quebrar
    saga = levar(pedir(), LONGE)
    assert (saga.estado, saga.erro) == ("compensada", f"operacao_{estado}")
    assert mundo.de(Y) == (2 if estado == "desfeita" else 0)  # what somebody undid by hand is that person's matter


def test_cancelled_in_the_middle_it_gives_everything_back(api, pedir, mundo):
    saga = pedir()
    for _ in range(3):
        dar_a_vez()
        motor.executar(saga.pk)
    assert mundo.de(Y) > 0
    assert api().post(f"/automacao/sagas/{saga.pk}/cancelar").json()["estado"] == "compensando"
    levar(saga, LONGE)
    assert (saga.estado, saga.erro) == ("compensada", "cancelada")
    tudo_com(mundo, X)
    assert not any(operacao["faltam"] for operacao in mundo.operacoes.values())
    assert mundo.chamadas[-1].path.split("/")[1] == "clientes", "the last first"


def test_begun_anew_by_who_began_it(api, pedir, mundo, bruno):
    saga = pedir()
    api().post(f"/automacao/sagas/{saga.pk}/cancelar")
    levar(saga)
    assert_problem(api(como=bruno).post(f"/automacao/sagas/{saga.pk}/repetir"), 403)
    assert api().post(f"/automacao/sagas/{saga.pk}/repetir").json()["estado"] == "executando"
    assert levar(saga, LONGE).estado == "concluida"
    tudo_com(mundo, Y)


def test_a_receiver_who_has_left_gets_nothing(pedir, mundo):
    mundo.ativos[Y] = False
    saga = levar(pedir(), LONGE)
    assert (saga.estado, saga.erro, mundo.operacoes) == ("compensada", "destinatario_inativo", {})
    del mundo.ativos[Y]
    saga = levar(pedir(), LONGE)
    assert (saga.estado, saga.erro, mundo.operacoes) == ("compensada", "nao_encontrado", {})


def test_a_receiver_who_leaves_meanwhile_keeps_nothing(pedir, mundo):
    def sair(call):
        mundo.ativos[Y] = mundo.de(Y) < 5

    mundo.ao_chamar = sair
    saga = levar(pedir(), LONGE)
    assert (saga.estado, saga.erro) == ("compensada", "destinatario_inativo")
    tudo_com(mundo, X)


def test_who_asked_for_it_and_left_gives_nothing_away(pedir, mundo, ana):
    mundo.validade = 15  # each call asks for a token anew

    def sair(call):
        if mundo.de(Y) > 5:
            mundo.inativos.add(str(ana.id))

    mundo.ao_chamar = sair
    saga = levar(pedir(), LONGE)
    assert (saga.estado, saga.erro) == ("compensada", "obo_inativo")
    tudo_com(mundo, X)


def test_two_of_the_same_person_go_one_after_the_other(pedir, mundo):
    primeira, segunda = pedir(), pedir(para=Z, contrato=auth.UsuarioEntregaPedida)
    dar_a_vez()
    motor.executar(primeira.pk)
    motor.executar(segunda.pk)
    segunda.refresh_from_db()
    assert (segunda.estado, segunda.erro) == ("executando", "aguardando_outra_saga")
    assert levar(primeira, LONGE).estado == "concluida"
    assert levar(segunda, LONGE).estado == "concluida"
    tudo_com(mundo, Y)
    assert mundo.de(Z) == 0


def test_when_the_receiver_is_handed_over_too_nothing_goes_to_and_fro(pedir, mundo):
    """X to Y is under way when Y leaves in favour of Z: what Y had by then is Z's, the rest is still X's, and both have ended."""
    primeira = pedir()
    for _ in range(3):
        dar_a_vez()
        motor.executar(primeira.pk)
    mundo.ativos[Y] = False
    assert levar(pedir(para=Z, de=Y), LONGE).estado == "concluida"
    levar(primeira, LONGE)
    assert (primeira.estado, primeira.erro) == ("compensada", "destinatario_inativo")
    assert (mundo.de(Y), mundo.de(Z) > 0, mundo.de(X) + mundo.de(Z)) == (0, True, TUDO)


def test_it_is_seen_by_who_sees_the_users_of_who_asked(api, pedir, bruno, carla):
    url = f"/automacao/sagas/{pedir().pk}"
    assert api("automacao:ler", "usuarios:ler").get(url).status_code == 200
    assert api("automacao:ler", "usuarios:ler", como=carla, vis="equipe").get(url).status_code == 404
    assert api("automacao:ler", "vendas:ler").get(url).status_code == 404
    assert_problem(api("automacao:ler", "usuarios:ler").post(f"{url}/cancelar"), 404)


def test_those_that_wait_for_each_other_have_a_lock_to_wait_at():
    le = Passo("a", lambda situacao: Pedido("auth", "GET", "/auth/eu"), le=True)
    with pytest.raises(ValueError, match="first step"):
        Definicao("x", 1, "usuarios", (), "auth.usuario", (le,), em_fila=True)
    assert atual("entregar-carteira").em_fila
