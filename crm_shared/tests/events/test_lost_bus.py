"""The bus may lose its tail, all of it, or a group at any moment: what was lost is published again, before anything newer."""

from datetime import timedelta

import orjson
import pytest
from django.db.models import F
from projeto.exemplo.services import atualizar_coisa, criar_coisa

from crm_shared import bus
from crm_shared.events import relay as relay_module
from crm_shared.events.leases import Lease
from crm_shared.events.models import Arrendamento, Evento
from crm_shared.events.relay import Relay, in_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def relay(stream):
    relay = Relay(Lease("ensaio"))
    assert relay.lease.hold()
    return relay


@pytest.fixture
def coisa(ator):
    return criar_coisa(ator=ator, dados={"nome": "v1"})


@pytest.fixture
def mudar(ator, coisa):
    """`mudar(3)` makes the thing's version 3."""
    return lambda versao: atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": f"v{versao}"})


@pytest.fixture
def entries(stream):
    return lambda: bus.connection().xrange(stream("exemplo"))


@pytest.fixture
def versions(entries):
    """Of the thing's events on the bus, in its order, each where it comes first."""
    return lambda: list(dict.fromkeys(orjson.loads(entry[b"evento"])["versao"] for _id, entry in entries()))


def drain(relay):
    while relay.publish_batch():
        pass


def lose_newest(stream, entries, count):
    bus.connection().xdel(stream("exemplo"), *[identifier for identifier, _ in entries()[-count:]])


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_lost_tail_is_published_before_what_is_newer(relay, coisa, mudar, stream, entries, versions, kept):
    """The bus comes back and the next event is there before anybody looked whether something is missing."""
    for versao in (2, 3):
        mudar(versao)
        drain(relay)
    lose_newest(stream, entries, len(entries()) - kept)
    mudar(4)
    drain(relay)
    assert versions() == [1, 2, 3, 4]


def test_everything_lost_and_the_stream_with_it(relay, coisa, mudar, stream, versions):
    mudar(2)
    drain(relay)
    bus.connection().delete(stream("exemplo"))
    mudar(3)
    drain(relay)
    assert versions() == [1, 2, 3]


def test_the_clock_of_the_bus_may_be_wrong(relay, coisa, mudar, stream, entries, versions):
    """By minutes, so that what was lost seems published before the newest entry that is left."""
    drain(relay)
    for versao in (2, 3):
        mudar(versao)
        drain(relay)
    Evento.objects.update(publicado_em=F("publicado_em") - timedelta(minutes=10))
    lose_newest(stream, entries, 2)
    relay.refill_lost_bus()
    drain(relay)
    assert versions() == [1, 2, 3]


def test_a_crash_before_the_newest_is_remembered_leaves_the_rows_unpublished(relay, coisa, monkeypatch):
    """Marked but not remembered, its loss would not be noticed."""

    def crash(*_args):
        raise RuntimeError

    monkeypatch.setattr(relay.lease, "remember", crash)
    with pytest.raises(RuntimeError):
        relay.publish_batch()
    assert Evento.objects.get().publicado_em is None


def test_many_lost_rows_are_taken_in_portions(relay, coisa, mudar, stream, versions, monkeypatch):
    monkeypatch.setattr(relay_module, "_PORTION", 2)
    for versao in (2, 3, 4, 5):
        mudar(versao)
    drain(relay)
    bus.connection().delete(stream("exemplo"))
    relay.refill_lost_bus()
    drain(relay)
    assert versions() == [1, 2, 3, 4, 5]


def test_who_lost_the_lease_does_not_say_what_is_newest(relay, coisa):
    drain(relay)
    remembered = relay.lease.recall()
    Arrendamento.objects.filter(pk=relay.lease.nome).update(dono="outro:1")
    relay.lease.remember({"ultimo": "0-1"})
    assert relay.lease.recall() == remembered


def test_a_lost_group_s_unread_entries_are_kept_until_it_is_back(relay, coisa, mudar, stream, entries):
    redis, name = bus.connection(), stream("exemplo")
    redis.xgroup_create(name, "leitor", id="0", mkstream=True)
    redis.xgroup_create(name, "caido", id="0")
    relay.trim()
    for versao in range(2, 260):  # entries are dropped by whole nodes, of a hundred
        mudar(versao)
    drain(relay)
    relay.trim()
    redis.xgroup_destroy(name, "caido")
    while read := redis.xreadgroup("leitor", "um", {name: ">"}):
        redis.xack(name, "leitor", *[identifier for identifier, _ in read[0][1]])
    relay.trim()
    assert len(entries()) == 259
    redis.xgroup_create(name, "caido", id="$")
    relay.trim()
    assert len(entries()) < 259


def test_what_others_add_does_not_push_out_our_newest(relay, coisa, stream, entries):
    drain(relay)
    redis, name = bus.connection(), stream("exemplo")
    for _ in range(300):
        redis.xadd(name, entries()[0][1])
    redis.xgroup_create(name, "leitor", id="$")
    relay.trim()
    relay.refill_lost_bus()
    assert relay.publish_batch() == 0


def test_a_record_s_events_go_by_version_whatever_the_clocks_said(coisa, mudar, ator):
    criar_coisa(ator=ator, dados={"nome": "outra"})
    for versao in (2, 3):
        mudar(versao)
    backwards = Evento.objects.order_by("-id")
    assert [row.versao for row in in_order(backwards) if row.agregado_id == coisa.pk] == [1, 2, 3]
