"""From a change here to the bus, and from the bus to an effect here, on the real Valkey."""

import threading
from uuid import uuid4

import orjson
import pytest

from comunicacao.consumers import EVENT_HANDLERS
from crm_shared import bus
from crm_shared.events import consume
from crm_shared.events.consume import Consumer
from crm_shared.events.contracts import clientes
from crm_shared.events.leases import Lease
from crm_shared.events.models import CartaMorta, Evento, MensagemRecebida
from crm_shared.events.relay import Relay
from crm_shared.records.references import Referencia
from crm_shared.testing.plugin import make_envelope

pytestmark = pytest.mark.django_db
STOP = threading.Event()


@pytest.fixture
def stream(monkeypatch):
    """Streams of this test's own; removed afterwards."""
    prefix = f"teste:{uuid4().hex}:"
    monkeypatch.setattr(bus, "stream_of", lambda service: prefix + service)
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    yield bus.stream_of
    for name in bus.connection().scan_iter(prefix + "*"):
        bus.connection().delete(name)


def maria(nome="Maria"):
    return clientes.ClienteCriado(
        nome=nome, cpf="", email="", telefone="", ciclo_vida="lead", origem="site", responsavel_id=None, equipe_id=None
    )


def test_what_happened_here_is_read_on_the_stream_in_order(stream, conversa, escrever):
    escrever("entrada", "Olá")
    Relay(Lease("ensaio")).turn(STOP)
    messages = [orjson.loads(entry[b"evento"]) for _id, entry in bus.connection().xrange(stream("comunicacao"))]
    assert [message["type"].removeprefix("comunicacao.") for message in messages] == [
        "canal.criado.v1",
        "identidade.criada.v1",
        "conversa.aberta.v1",
        "conversa.atualizada.v1",
        "mensagem.recebida.v1",
    ]
    assert messages[-1]["data"]["pessoais"]["conteudo"] == "Olá"
    assert not Evento.objects.filter(publicado_em=None).exists()
    Relay(Lease("ensaio")).turn(STOP)
    assert bus.connection().xlen(stream("comunicacao")) == 5


def test_what_the_bus_lost_is_published_again(stream, conversa):
    relay = Relay(Lease("ensaio"))
    relay.turn(STOP)
    bus.connection().delete(stream("comunicacao"))
    relay.refill_lost_bus()
    relay.publish_batch()
    assert bus.connection().xlen(stream("comunicacao")) == 3


def test_an_event_from_the_stream_takes_effect_once_however_often_it_comes(stream, db):
    consumer, subject = Consumer(EVENT_HANDLERS), uuid4()
    message = orjson.dumps(make_envelope(maria(), subject))
    for _ in range(2):
        bus.connection().xadd(stream("clientes"), {"evento": message})
    for _ in range(4):
        consumer.turn(STOP)
    assert Referencia.objects.get(pk=subject).nome == "Maria"
    assert MensagemRecebida.objects.count() == 1
    assert bus.connection().xpending(stream("clientes"), consumer.group)["pending"] == 0


def test_a_failing_event_leaves_nothing_and_waits_as_a_letter(stream, db, monkeypatch):
    def broken(event):
        Referencia.objects.create(pk=event.subject, recurso="x")
        raise RuntimeError("quebrou")

    consumer = Consumer({clientes.ClienteCriado.TIPO: broken})
    bus.connection().xadd(stream("clientes"), {"evento": orjson.dumps(make_envelope(maria(), uuid4()))})
    for _ in range(3):
        consumer.turn(STOP)
    assert (Referencia.objects.count(), MensagemRecebida.objects.count()) == (0, 0)
    assert CartaMorta.objects.get().estado == "repetindo"
