"""From the bus to the effect: once, in order per record, and nothing lost to a message that cannot be handled."""

import threading
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from django.db import OperationalError
from django.utils import timezone
from projeto.exemplo.consumers import EVENT_HANDLERS
from projeto.exemplo.models import Efeito

from crm_shared import bus
from crm_shared.events import consume
from crm_shared.events.consume import Consumer, redrive, retry_due
from crm_shared.events.contracts import clientes
from crm_shared.events.leases import Lease
from crm_shared.events.models import Arrendamento, CartaMorta, MensagemRecebida
from crm_shared.testing.plugin import make_envelope

pytestmark = pytest.mark.django_db
STOP = threading.Event()


@pytest.fixture
def consumer(stream, monkeypatch):
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    return Consumer(EVENT_HANDLERS)


@pytest.fixture
def send(stream):
    def publish(contract, subject=None, **members):
        message = make_envelope(contract, subject or uuid4(), **members)
        bus.connection().xadd(stream("clientes"), {"evento": orjson.dumps(message)})
        return message

    return publish


def drain(consumer, turns=4):
    for _ in range(turns):
        consumer.turn(STOP)


def pending(consumer):
    return bus.connection().xpending(consumer.streams[0], consumer.group)["pending"]


def effects():
    return list(Efeito.objects.order_by("id").values_list("nome", flat=True))


def test_each_event_takes_effect_once_and_is_acknowledged(consumer, send, cliente):
    for nome in ("a", "b"):
        send(cliente(nome))
    drain(consumer)
    assert effects() == ["a", "b"]
    assert pending(consumer) == 0


def test_the_same_event_on_the_stream_three_times_takes_effect_once(consumer, send, cliente):
    identifier = uuid4()
    for _ in range(3):
        send(cliente("a"), id=identifier)
    drain(consumer)
    assert effects() == ["a"]


def test_a_group_that_was_destroyed_starts_again_without_doubling(consumer, send, cliente):
    send(cliente("a"))
    drain(consumer)
    bus.connection().xgroup_destroy(consumer.streams[0], consumer.group)
    send(cliente("b"))
    drain(consumer)
    assert effects() == ["a", "b"]


def test_work_left_unfinished_by_a_killed_consumer_is_done_at_its_restart(consumer, send, cliente):
    send(cliente("a"))
    drain(consumer, 1)
    send(cliente("b"))
    bus.connection().xreadgroup(consumer.group, consumer.name, {consumer.streams[0]: ">"})  # read, then killed
    assert pending(consumer) > 0
    drain(Consumer(EVENT_HANDLERS, consumer.lease))
    assert effects() == ["a", "b"]
    assert pending(consumer) == 0


def test_a_dead_colleague_s_messages_are_taken_over(consumer, send, cliente, monkeypatch):
    monkeypatch.setattr(consume, "_CLAIM_IDLE_MS", 0)
    consumer.create_groups()
    send(cliente("a"))
    bus.connection().xreadgroup(consumer.group, "colega-morto", {consumer.streams[0]: ">"})
    drain(consumer)
    assert effects() == ["a"]


def hand_over(lease):
    """As if its holder were dead and another process had the lease."""
    Arrendamento.objects.filter(pk=lease.nome).update(dono="outro:1:ab", ate=timezone.now() + timedelta(seconds=30))
    lease._renewed = float("-inf")


def test_only_the_holder_of_the_lease_consumes(consumer, send, cliente, monkeypatch):
    monkeypatch.setattr(Lease, "SECONDS", 0.02)  # how long a stand-by waits
    assert consumer.lease.hold()
    hand_over(consumer.lease)
    send(cliente("a"))
    drain(consumer)
    assert effects() == []
    Arrendamento.objects.all().delete()
    drain(consumer)
    assert effects() == ["a"]


def test_who_loses_the_lease_amid_a_batch_leaves_the_rest_to_the_next_holder(consumer, send, cliente, monkeypatch):
    monkeypatch.setattr(Lease, "SECONDS", 0.02)
    for nome in "abc":
        send(cliente(nome))
    real, calls = consumer.process, []

    def process(raw):
        calls.append(raw)
        real(raw)
        hand_over(consumer.lease)

    monkeypatch.setattr(consumer, "process", process)
    drain(consumer)
    assert (len(calls), effects(), pending(consumer)) == (1, ["a"], 2)
    Arrendamento.objects.all().delete()
    send(cliente("d"))
    drain(Consumer(EVENT_HANDLERS, consumer.lease))
    assert effects() == ["a", "b", "c", "d"]


def test_a_new_holder_finishes_what_the_one_before_had_in_hand_before_anything_new(consumer, send, cliente):
    subject = uuid4()
    drain(consumer, 1)
    send(cliente("a"), subject, versao=1)
    bus.connection().xreadgroup(consumer.group, consumer.name, {consumer.streams[0]: ">"})  # read, then killed
    send(cliente("b", clientes.ClienteAtualizado), subject, versao=2)
    drain(Consumer(EVENT_HANDLERS, consumer.lease))
    assert effects() == ["a", "b"]


def test_a_failing_message_steps_aside_and_the_next_goes_on(consumer, send, cliente):
    send(cliente("veneno"))
    send(cliente("b"))
    drain(consumer)
    assert effects() == ["b"]
    letter = CartaMorta.objects.get()
    assert (letter.estado, letter.tentativas) == ("repetindo", 1)
    assert not MensagemRecebida.objects.filter(pk=letter.evento_id).exists()


def test_a_later_event_of_the_same_record_waits_for_the_failing_one(consumer, send, cliente):
    subject = uuid4()
    send(cliente("veneno"), subject, versao=1)
    send(cliente("depois", clientes.ClienteAtualizado), subject, versao=2)
    drain(consumer)
    assert effects() == []
    assert CartaMorta.objects.count() == 2


def test_it_is_tried_again_with_backoff_and_then_given_up(consumer, send, cliente):
    send(cliente("veneno"))
    drain(consumer)
    for _ in consume.BACKOFF:
        CartaMorta.objects.update(proxima_em=timezone.now() - timedelta(seconds=1))
        retry_due(EVENT_HANDLERS)
    letter = CartaMorta.objects.get()
    assert (letter.estado, letter.tentativas) == ("morta", len(consume.BACKOFF) + 1)
    assert "veneno" in letter.erro


def test_what_was_given_up_frees_the_events_behind_it_in_order(consumer, send, cliente):
    subject = uuid4()
    send(cliente("veneno"), subject, versao=1)
    for versao, nome in ((2, "b"), (3, "c")):
        send(cliente(nome, clientes.ClienteAtualizado), subject, versao=versao)
    drain(consumer)
    CartaMorta.objects.filter(tentativas=1).update(estado="morta")
    CartaMorta.objects.update(proxima_em=timezone.now())
    for _ in range(2):
        retry_due(EVENT_HANDLERS)
    assert effects() == ["b", "c"]


def test_a_dead_letter_is_redriven_and_takes_effect_once(consumer, send, cliente, monkeypatch):
    message = send(cliente("veneno"))
    drain(consumer)
    letter = CartaMorta.objects.get()
    letter.mensagem["data"]["pessoais"]["nome"] = "curado"
    redrive(letter)
    retry_due(EVENT_HANDLERS)
    assert effects() == ["curado"]
    assert not CartaMorta.objects.exists()
    send(cliente("curado"), id=message["id"])
    drain(consumer)
    assert effects() == ["curado"]


def test_a_store_that_is_out_leaves_the_message_pending(consumer, send, cliente, monkeypatch, stream):
    def out(*_args):
        raise OperationalError("connection refused")

    send(cliente("a"))
    monkeypatch.setattr(consume, "deliver", out)
    with pytest.raises(OperationalError):
        drain(consumer)
    assert pending(consumer) == 1
    assert not CartaMorta.objects.exists()
    monkeypatch.undo()
    monkeypatch.setattr(bus, "stream_of", stream)  # undone with the rest
    drain(consumer)
    assert effects() == ["a"]
    assert pending(consumer) == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"7", b"\xff\x00", b'{"type": "clientes.cliente.criado.v1"}'])
def test_what_nobody_can_read_is_a_dead_letter_at_once(consumer, raw):
    for _ in range(2):
        consumer.process(raw)
    assert CartaMorta.objects.get().estado == "morta"


def test_unknown_members_and_types_are_ignored(consumer, cliente):
    message = make_envelope(cliente("a"), uuid4())
    message["data"]["dados"]["campo_novo"] = 1
    consumer.process(orjson.dumps(message))
    consumer.process(orjson.dumps(message | {"type": "clientes.cliente.teletransportado.v9"}))
    assert effects() == ["a"]
    assert not CartaMorta.objects.exists()
