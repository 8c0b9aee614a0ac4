"""After a restore: what others may have missed comes again, what they have changes nothing, what nobody confirms shows."""

import threading
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from projeto.exemplo.consumers import EVENT_HANDLERS
from projeto.exemplo.models import Efeito
from projeto.exemplo.services import atualizar_coisa, criar_coisa, excluir_coisa

from crm_shared import bus
from crm_shared.api.models import ChaveIdempotencia
from crm_shared.db import is_mongo
from crm_shared.events import consume, reconcile
from crm_shared.events.consume import Consumer
from crm_shared.events.leases import Lease
from crm_shared.events.loops import forget_old_rows
from crm_shared.events.models import Evento, MensagemRecebida
from crm_shared.events.relay import Relay
from crm_shared.records.references import EMPRESA, Referencia, learn
from crm_shared.testing.plugin import make_envelope

pytestmark = pytest.mark.django_db
STOP = threading.Event()


@pytest.fixture
def relay(stream):
    relay = Relay(Lease("ensaio"))
    assert relay.lease.hold()
    return relay


@pytest.fixture
def consumer(stream, monkeypatch):
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    return Consumer(EVENT_HANDLERS)


@pytest.fixture
def exemplo_is_cited(monkeypatch):
    monkeypatch.setattr(reconcile.settings, "SERVICE", "empresas")


def on_the_bus(name):
    return [orjson.loads(entry[b"evento"]) for _id, entry in bus.connection().xrange(name)]


def test_what_was_published_before_the_save_is_published_again(relay, stream, ator):
    saved = timezone.now() - timedelta(days=90)
    for days, nome in ((0, "antes"), (8, "muito antes")):
        criar_coisa(ator=ator, dados={"nome": nome})
        relay.publish_batch()
        Evento.objects.filter(publicado_em__gt=saved).update(publicado_em=saved - timedelta(days=days))
    bus.connection().xadd(stream("exemplo"), {"evento": b"of the lost time"})

    assert reconcile.reconcile(saved) == 1
    assert not relay.lease.recall()
    relay.refill_lost_bus()
    assert relay.publish_batch() == 1
    assert [message["data"]["dados"]["nome"] for message in on_the_bus(stream("exemplo"))] == ["antes"]


def test_time_did_not_pass_for_what_prevents_doubles(stream):
    long_ago = timezone.now() - timedelta(days=90)
    MensagemRecebida.objects.create(evento_id=uuid4(), tipo="x", recebido_em=long_ago)
    ChaveIdempotencia.objects.create(usuario="u", rota="POST /x", chave="k", corpo_sha256="0" * 64, criado_em=long_ago)
    reconcile.reconcile(long_ago)
    forget_old_rows()
    assert (MensagemRecebida.objects.count(), ChaveIdempotencia.objects.count()) == (1, 1)


def test_who_reads_late_is_still_waited_for(relay, stream, ator):
    assert relay.readers.hold()
    relay.readers.remember({"vendas": "2026-01-01"})
    reconcile.reconcile(timezone.now())
    criar_coisa(ator=ator, dados={"nome": "a"})
    criar_coisa(ator=ator, dados={"nome": "b"})
    relay.publish_batch()
    bus.connection().xgroup_create(stream("exemplo"), "tarefas", id="$")
    relay.trim()
    assert relay.readers.recall() == {name: timezone.now().date().isoformat() for name in ("vendas", "tarefas")}


def test_statements_are_limited_again_afterwards(stream):
    if is_mongo():
        pytest.skip("MongoDB's limit belongs to the block")
    limit = "SELECT current_setting('statement_timeout')"
    with connection.cursor() as cursor:
        cursor.execute(limit)
        before = cursor.fetchone()
        reconcile.reconcile(timezone.now())
        cursor.execute(limit)
        assert cursor.fetchone() == before != ("0",)


def test_the_newest_of_each_type_is_told_again(relay, stream, ator, exemplo_is_cited):
    if is_mongo():
        pytest.skip("nothing in a MongoDB service is cited by others")
    coisa = criar_coisa(ator=ator, dados={"nome": "a"})
    for nome in ("b", "c"):
        atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": nome})
    excluir_coisa(ator=ator, pk=criar_coisa(ator=ator, dados={"nome": "d"}).pk)
    assert reconcile.recount() == 4
    told = on_the_bus(stream("empresas"))
    assert {(message["data"]["dados"]["nome"], message["versao"]) for message in told} == {("a", 1), ("c", 3), ("d", 1), ("d", 2)}
    assert all(message["recontado"] is True for message in told)


def test_what_is_told_again_passes_the_inbox_and_leaves_no_trace_in_it(consumer, cliente):
    subject, event = uuid4(), uuid4()
    told = orjson.dumps(make_envelope(cliente("a"), subject, id=event))
    again = orjson.dumps(make_envelope(cliente("a"), subject, id=event, recontado=True))
    consumer.process(again)
    consumer.process(told)
    consumer.process(told)
    assert Efeito.objects.count() == 2
    consumer.process(again)
    assert (Efeito.objects.count(), MensagemRecebida.objects.count()) == (3, 1)


def test_a_copy_of_a_lost_future_is_taken_back_and_what_nobody_confirms_shows(capsys):
    known, gone = uuid4(), uuid4()
    learn(EMPRESA, known, versao=9, nome="Do futuro")
    learn(EMPRESA, gone, versao=1, nome="Sumida")
    assert not learn(EMPRESA, known, versao=5, nome="De fato")

    call_command("referencias", "--duvidar")
    assert Referencia.objects.get(pk=known).nome == "Do futuro"  # shown until somebody tells better
    assert learn(EMPRESA, known, versao=5, nome="De fato")
    capsys.readouterr()
    call_command("referencias", "--pendentes")
    assert capsys.readouterr().out == f"empresas.empresa {gone} Sumida\n"
    call_command("referencias")
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["empresas.empresa", "ok", "1"],
        ["empresas.empresa", "pendente", "1"],
    ]


def test_the_moment_must_say_its_time_zone():
    for text in ("ontem", "2026-11-22T03:00:00"):
        with pytest.raises(CommandError):
            call_command("reconciliar", "--desde", text)
