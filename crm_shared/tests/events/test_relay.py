"""From the log to the bus: everything committed is published, in order, also after the bus lost it."""

import threading
import time

import orjson
import pytest
from django.db import connection
from projeto.exemplo.services import atualizar_coisa, criar_coisa

from crm_shared import bus
from crm_shared.events.leases import Lease
from crm_shared.events.models import Arrendamento, Evento
from crm_shared.events.relay import Relay

pytestmark = pytest.mark.django_db


@pytest.fixture
def relay(stream):
    relay = Relay(Lease("ensaio"))
    assert relay.lease.hold()
    return relay


def on_the_bus(stream):
    return [orjson.loads(entry[b"evento"]) for _id, entry in bus.connection().xrange(stream("exemplo"))]


def test_publishes_in_order_and_marks(relay, stream, ator):
    coisa = criar_coisa(ator=ator, dados={"nome": "a"})
    atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": "b"})
    assert relay.publish_batch() == 2
    assert [message["versao"] for message in on_the_bus(stream)] == [1, 2]
    assert relay.publish_batch() == 0
    assert not Evento.objects.filter(publicado_em=None).exists()


def test_a_row_that_commits_late_is_not_skipped(relay, stream, ator):
    criar_coisa(ator=ator, dados={"nome": "a"})
    late = Evento.objects.get()
    Evento.objects.update(publicado_em="2026-01-01T00:00:00Z")
    criar_coisa(ator=ator, dados={"nome": "b"})
    relay.publish_batch()
    Evento.objects.filter(pk=late.pk).update(publicado_em=None)  # as if its transaction had only now committed
    relay.publish_batch()
    assert len(on_the_bus(stream)) == 2


@pytest.mark.parametrize("lose", ["flush", "tail"])
def test_what_the_bus_lost_is_published_again(relay, stream, ator, lose):
    for nome in "abc":
        criar_coisa(ator=ator, dados={"nome": nome})
    relay.publish_batch()
    if lose == "flush":
        bus.connection().delete(stream("exemplo"))
    else:
        last = bus.connection().xrevrange(stream("exemplo"), count=1)[0][0]
        bus.connection().xdel(stream("exemplo"), last)
    relay.refill_lost_bus()
    relay.publish_batch()
    assert {message["subject"] for message in on_the_bus(stream)} == {
        str(pk) for pk in Evento.objects.values_list("agregado_id", flat=True)
    }


def test_nothing_is_repeated_while_the_bus_is_whole(relay, stream, ator):
    criar_coisa(ator=ator, dados={"nome": "a"})
    relay.publish_batch()
    relay.refill_lost_bus()
    assert relay.publish_batch() == 0


def test_trimming_keeps_what_a_group_has_not_acknowledged(relay, stream, ator):
    for nome in "abcd":
        criar_coisa(ator=ator, dados={"nome": nome})
    relay.publish_batch()
    redis, name = bus.connection(), stream("exemplo")
    redis.xgroup_create(name, "leitor", id="0")
    redis.xreadgroup("leitor", "um", {name: ">"})
    redis.xack(name, "leitor", *[entry_id for entry_id, _ in redis.xrange(name)[:2]])
    relay.trim()
    assert len(on_the_bus(stream)) >= 2


def test_one_holder_at_a_time_and_a_dead_one_is_replaced():
    first, second = Lease("ensaio"), Lease("ensaio")
    second.me = "outro:1"
    assert first.hold()
    assert not second.hold()
    Arrendamento.objects.update(ate="2020-01-01T00:00:00Z")
    assert second.hold()
    first._renewed = float("-inf")
    assert not first.hold()


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_relay_at_once(stream, ator):
    relay, stop = Relay(Lease("ensaio")), threading.Event()

    def run() -> None:
        while not stop.is_set():
            relay.turn(stop)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while relay._ear.raw is None and time.monotonic() < deadline:
            time.sleep(0.01)
        criar_coisa(ator=ator, dados={"nome": "a"})
        committed = time.monotonic()
        while not on_the_bus(stream) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert time.monotonic() - committed < 0.9  # sooner than the fallback poll
    finally:
        stop.set()
        thread.join()
