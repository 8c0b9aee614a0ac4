"""A bus whose primary is killed: Sentinel promotes the replica, and what that one lacks is made good."""

import asyncio
import signal
import threading
import time
from uuid import uuid4

import orjson
import pytest
from conftest import PASSWORD, wait_until
from django.conf import settings as django_settings
from django_redis.pool import ConnectionFactory
from projeto.exemplo.consumers import EVENT_HANDLERS
from projeto.exemplo.models import Efeito
from projeto.exemplo.services import atualizar_coisa, criar_coisa
from redis.exceptions import RedisError

from crm_shared import base_settings, bus, sentinel
from crm_shared.events import consume
from crm_shared.events.consume import Consumer
from crm_shared.events.failures import is_outage
from crm_shared.events.leases import Lease
from crm_shared.events.relay import Relay
from crm_shared.testing.plugin import make_envelope

ADDRESS = "redis+sentinel://quem:p%40ss@um:26379,dois,tres:26380/3?service_name=crm&sentinel_password=outra"


@pytest.fixture
def on_watched(watched, settings, monkeypatch):
    monkeypatch.setattr(ConnectionFactory, "_pools", {})  # kept by service name for as long as a process lives
    settings.CACHES = {"default": sentinel.cache(watched.address, base_settings.BUS_CONNECTIONS)}
    assert bus.connection().ping()
    return watched


def through_outage(turn):
    """As loops.repeat does: an outage is waited for, anything else is an error."""
    end = time.monotonic() + 20
    while True:
        try:
            return turn()
        except RedisError as error:
            if not is_outage(error) or time.monotonic() > end:
                raise
            time.sleep(0.1)


def cut_off(watched):
    """The replica hears nothing more, and what the primary still sends it is lost with the connection."""
    watched.replica.send(signal.SIGSTOP)
    watched.primary.client().client_kill_filter(_type="replica")


def fail_over(watched):
    watched.primary.end()
    watched.replica.send(signal.SIGCONT)
    wait_until(lambda: watched.replica.client().info("replication")["role"] == "master")


@pytest.mark.django_db
def test_nothing_is_lost_or_turned_round_when_the_primary_is_killed_before_the_replica_heard(on_watched, ator):
    relay = Relay(Lease("ensaio"))
    assert relay.lease.hold()
    coisa = criar_coisa(ator=ator, dados={"nome": "v1"})
    relay.publish_batch()
    bus.connection().wait(1, 2000)
    cut_off(on_watched)
    for versao in (2, 3):
        atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": f"v{versao}"})
        relay.publish_batch()
    fail_over(on_watched)
    assert on_watched.replica.client().xlen("ev:exemplo") == 1
    atualizar_coisa(ator=ator, pk=coisa.pk, dados={"nome": "v4"})
    while through_outage(relay.publish_batch):
        pass
    entries = on_watched.replica.client().xrange("ev:exemplo")
    versions = [orjson.loads(entry[b"evento"])["versao"] for _id, entry in entries]
    assert list(dict.fromkeys(versions)) == [1, 2, 3, 4]


@pytest.mark.django_db
def test_what_the_replica_does_not_know_to_be_acknowledged_takes_effect_once(on_watched, cliente, monkeypatch):
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    consumer, stop = Consumer(EVENT_HANDLERS), threading.Event()
    consumer.create_groups()
    for nome in "ab":
        bus.connection().xadd("ev:clientes", {"evento": orjson.dumps(make_envelope(cliente(nome), uuid4()))})
    bus.connection().wait(1, 2000)
    cut_off(on_watched)
    for _ in range(3):
        consumer.turn(stop)
    assert Efeito.objects.count() == 2
    fail_over(on_watched)
    assert on_watched.replica.client().xinfo_groups("ev:clientes")[0]["lag"] == 2
    through_outage(lambda: bus.connection().xadd("ev:clientes", {"evento": orjson.dumps(make_envelope(cliente("c"), uuid4()))}))
    for _ in range(4):
        through_outage(lambda: consumer.turn(stop))
    assert list(Efeito.objects.order_by("id").values_list("nome", flat=True)) == ["a", "b", "c"]
    assert on_watched.replica.client().xpending("ev:clientes", consumer.group)["pending"] == 0


def test_a_client_of_its_own_finds_the_primary(watched):
    client = sentinel.client(watched.address, socket_timeout=2)
    client.set("a", "1")
    assert watched.primary.client().get("a") == b"1"


def test_so_does_one_for_asyncio(watched):
    async def story():
        client = sentinel.asynchronous(watched.address, retry=None, socket_timeout=2)
        await client.set("a", "2")
        await client.aclose()

    asyncio.run(story())
    assert watched.primary.client().get("a") == b"2"


def test_an_address_is_read_as_it_is_written():
    parts = sentinel.Watched.read(ADDRESS)
    assert parts.hosts == (("um", 26379), ("dois", 26379), ("tres", 26380))
    assert (parts.service_name, parts.db, parts.credentials) == ("crm", 3, {"username": "quem", "password": "p@ss"})
    assert parts.sentinel_options["password"] == "outra"


def test_celery_gets_it_in_its_own_spelling():
    url, options = sentinel.broker(ADDRESS)
    assert url == "sentinel://quem:p%40ss@um:26379/3;sentinel://quem:p%40ss@dois:26379/3;sentinel://quem:p%40ss@tres:26380/3"
    assert options["master_name"] == "crm"
    assert sentinel.broker("redis://:senha@um:6379/1") == ("redis://:senha@um:6379/1", {})


@pytest.mark.parametrize(
    "address", ["redis://:senha@um:6379/0", "redis+sentinel://:senha@um:26379/0", "redis+sentinel:///0?service_name=crm"]
)
def test_what_names_no_primary_or_no_sentinel_is_none(address):
    with pytest.raises(ValueError, match="service_name"):
        sentinel.Watched.read(address)


def test_a_plain_address_stays_one():
    found = sentinel.cache("redis://:senha@um:6379/0", {"socket_timeout": 10})
    assert found["LOCATION"] == "redis://:senha@um:6379/0"
    assert "SENTINELS" not in found["OPTIONS"]
    assert django_settings.CACHES["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"] == base_settings.BUS_CONNECTIONS
    assert PASSWORD not in str(found)
