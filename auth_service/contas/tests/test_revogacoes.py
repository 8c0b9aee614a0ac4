"""What ends or changes somebody's rights is written down with it, told on the bus, and refused by whoever listens."""

import os
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from contas import revogacoes, services, sessoes
from contas.models import Revogacao, Sessao
from contas.rede import Origem
from crm_shared import bus
from crm_shared.auth.keys import KeySet
from crm_shared.auth.revocation import Revocation, Revocations
from crm_shared.auth.revocation_feed import Feed
from crm_shared.auth.tokens import InvalidToken, TokenVerifier
from crm_shared.db import atomic
from crm_shared.events.leases import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(monkeypatch):
    name = f"teste:{uuid4().hex}"
    monkeypatch.setattr(revogacoes, "STREAM", name)
    yield name
    bus.connection().delete(name)


@pytest.fixture
def publicador(stream):
    return revogacoes.Publicador(Lease("eventos"))


def contadas(stream):
    return [Revocation.read(fields) for _, fields in bus.connection().xrange(stream)]


def alvos():
    return list(Revogacao.objects.order_by("id").values_list("alvo", flat=True))


@pytest.fixture
def conferir(chave, revocations):
    """Whether a token is good to somebody who heard everything that is written down."""

    def good(access):
        revocations.learn(revogacoes.recentes())
        try:
            return TokenVerifier(KeySet.of(chave.jwks), "crm-auth", ["crm"], revocations=revocations).verify(access)
        except InvalidToken as refusal:
            return None if refusal.codigo == "token_revogado" else refusal

    return good


def test_logout_reuse_and_a_new_password_end_the_access_tokens_too(sessao, novo_usuario, conferir, ator):
    usuario = novo_usuario("ana")
    saiu, roubada, outra = sessao(usuario), sessao(usuario), sessao(usuario)
    assert all(conferir(client.par["access"]) for client in (saiu, roubada, outra))

    assert saiu.post("/auth/logout", {}).status_code == 204
    assert not conferir(saiu.par["access"])

    segundo = APIClient().post("/auth/refresh", {"refresh": roubada.par["refresh"]}).json()
    APIClient().post("/auth/refresh", {"refresh": segundo["refresh"]})
    assert APIClient().post("/auth/refresh", {"refresh": roubada.par["refresh"]}).status_code == 401
    assert not conferir(roubada.par["access"])
    assert not conferir(segundo["access"])

    assert conferir(outra.par["access"])
    services.definir_senha(ator=ator, pk=usuario.pk, senha="girassol-verde-9-rios")
    assert not conferir(outra.par["access"])


@pytest.mark.parametrize("mudar", ["papel", "equipe", "permissoes", "desativar", "excluir"])
def test_a_change_of_rights_ends_the_tokens_and_not_the_session(sessao, novo_usuario, nova_equipe, papeis, conferir, ator, mudar):
    from contas.papeis import atualizar_papel

    usuario = novo_usuario("ana")
    outro = sessao(novo_usuario("bruno", "leitura"))
    ana = sessao(usuario)
    if mudar == "papel":
        services.atualizar_usuario(ator=ator, pk=usuario.pk, dados={"papel_id": papeis["leitura"].pk})
    elif mudar == "equipe":
        services.atualizar_usuario(ator=ator, pk=usuario.pk, dados={"equipe_id": nova_equipe("Norte").pk})
    elif mudar == "permissoes":
        atualizar_papel(
            ator=ator, pk=usuario.papel_id, dados={"permissoes": [{"recurso": "vendas", "acao": "ler", "visibilidade": "todos"}]}
        )
    else:
        getattr(services, f"{mudar}_usuario")(ator=ator, pk=usuario.pk)

    assert not conferir(ana.par["access"])
    assert conferir(outro.par["access"])
    answer = APIClient().post("/auth/refresh", {"refresh": ana.par["refresh"]})
    if mudar in ("desativar", "excluir"):
        assert answer.status_code == 401
        return
    assert conferir(answer.json()["access"]), "the token of the new rights is good at once, also within the same second"


def test_what_changes_no_right_revokes_nothing(novo_usuario, papeis, ator):
    from contas.papeis import atualizar_papel

    usuario = novo_usuario("ana")
    services.atualizar_usuario(ator=ator, pk=usuario.pk, dados={"nome": "Ana Maria"})
    atualizar_papel(ator=ator, pk=usuario.papel_id, dados={"descricao": "Outra"})
    assert alvos() == []


def test_with_what_is_taken_back_the_revocation_is_too(novo_usuario, sessao, ator):
    ana = sessao(novo_usuario("ana"))
    with atomic():
        sessoes.encerrar_todas(Sessao.objects.get().usuario_id, Sessao.Motivo.LOGOUT)
        transaction.set_rollback(True)
    assert alvos() == []
    assert ana.get("/auth/eu").status_code == 200


def test_each_is_told_once_and_signs_of_life_follow(publicador, stream):
    with atomic():
        revogacoes.revogar_sessao(sid := uuid4())
        revogacoes.revogar_pessoas(pessoa := uuid4())
    publicador.contar()
    publicador.contar()
    primeira, segunda, *vivas = contadas(stream)
    assert (primeira, segunda.alvo) == (Revocation(f"sid:{sid}"), f"sub:{pessoa}")
    assert vivas == [None, None]
    assert not Revogacao.objects.filter(publicada_em=None).exists()


def test_a_publisher_that_begins_and_a_bus_that_lost_its_data_hear_the_recent_ones_again(publicador, stream):
    with atomic():
        revogacoes.revogar_sessao(sid := uuid4())
        revogacoes.revogar_sessao(velha := uuid4())
    Revogacao.objects.filter(alvo=f"sid:{velha}").update(criada_em=timezone.now() - timedelta(minutes=11))
    publicador.contar()
    for _ in range(2):
        bus.connection().delete(stream)
        publicador.contar()
        assert contadas(stream) == [Revocation(f"sid:{sid}"), None]
    assert revogacoes.Publicador(Lease("eventos")).contar() == 1


def test_the_stream_keeps_what_some_token_may_outlive(publicador, stream):
    agora, _ = bus.connection().time()
    for idade in (700, 500):
        bus.connection().xadd(stream, {"alvo": f"sid:{idade}"}, id=f"{(agora - idade) * 1000}-0")
    publicador.contar()
    assert contadas(stream) == [Revocation("sid:500"), None]


def test_statements_do_not_grow_with_what_is_told(publicador, queries):
    publicador.contar()
    with atomic():
        revogacoes.revogar_pessoas(*(uuid4() for _ in range(50)))
    with queries(2):
        assert publicador.contar() == 50


@pytest.mark.django_db(transaction=True)
def test_from_the_commit_to_every_verifier(publicador, stream, novo_usuario, chave):
    """The loop as `manage.py eventos` runs it; three processes listen; the end of a session is heard at once."""
    stop = threading.Event()

    def loop():
        from django.db import connection

        while not stop.is_set():
            publicador.turn(stop)
        connection.close()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        ouvintes = [Revocations(Feed(os.environ["BUS_URL"], stream)) for _ in range(3)]
        assert all(ouvinte.wait() for ouvinte in ouvintes)
        verifiers = [TokenVerifier(KeySet.of(chave.jwks), "crm-auth", ["crm"], revocations=ouvinte) for ouvinte in ouvintes]
        for _ in range(5):
            sessao, refresh = sessoes._abrir(novo_usuario(uuid4().hex[:8]), Origem("", ""))
            access = sessoes.renovar(refresh=refresh).access
            assert all(verifier.verify(access) for verifier in verifiers)
            sessoes.sair_da_sessao(sid=sessao.pk)
            end = time.monotonic() + 2
            while not all(_refused(verifier, access) for verifier in verifiers):
                assert time.monotonic() < end
                time.sleep(0.01)
    finally:
        stop.set()
        thread.join()


def _refused(verifier, access):
    try:
        verifier.verify(access)
    except InvalidToken:
        return True
    return False


def test_the_stale_feed_lets_people_read_and_leave(sessao, novo_usuario, revocations):
    ana = sessao(novo_usuario("ana"))
    revocations._heard = float("-inf")
    assert ana.get("/auth/eu").status_code == 200
    answer = ana.patch("/auth/eu", {"nome": "Ana Maria"})
    assert (answer.status_code, answer.json()["codigo"], answer["Retry-After"]) == (503, "revogacoes_atrasadas", "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert APIClient().post("/auth/refresh", {"refresh": ana.par["refresh"]}).status_code == 200
    assert ana.post("/auth/logout", {}).status_code == 204


def test_who_has_heard_nothing_yet_lets_nobody_in(sessao, novo_usuario, revocations, monkeypatch):
    ana = sessao(novo_usuario("ana"))
    revocations._complete.clear()
    monkeypatch.setattr("crm_shared.auth.revocation.FIRST_WAIT", 0)
    answer = ana.get("/auth/eu")
    assert (answer.status_code, answer.json()["codigo"]) == (503, "revogacoes_indisponiveis")
    ready = APIClient().get("/saude/pronto")
    assert (ready.status_code, ready.json()["falhas"]) == (503, ["revogacoes"])
