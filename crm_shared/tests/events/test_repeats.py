"""After a loss the bus repeats days of messages: those that took effect are told apart by the batch, not one by one."""

import threading

import orjson
import pytest
from projeto.exemplo.consumers import EVENT_HANDLERS
from projeto.exemplo.models import Efeito

from crm_shared import bus
from crm_shared.events import consume
from crm_shared.events.consume import Consumer
from crm_shared.records.models import uuid7
from crm_shared.testing.plugin import make_envelope

pytestmark = pytest.mark.django_db


def test_a_lost_group_s_repeats_cost_one_look(stream, cliente, monkeypatch):
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    consumer, stop = Consumer(EVENT_HANDLERS), threading.Event()
    names = [f"c{number:02}" for number in range(20)]

    def drain():
        for _ in range(4):
            consumer.turn(stop)

    for name in names:
        bus.connection().xadd(stream("clientes"), {"evento": orjson.dumps(make_envelope(cliente(name), uuid7()))})
    drain()
    bus.connection().xgroup_destroy(consumer.streams[0], consumer.group)
    bus.connection().xadd(stream("clientes"), {"evento": orjson.dumps(make_envelope(cliente("novo"), uuid7()))})
    bus.connection().xadd(stream("clientes"), {"evento": b"ilegivel"})
    delivered = []
    deliver = consume.deliver
    monkeypatch.setattr(consume, "deliver", lambda event, handler: delivered.append(event.data.nome) or deliver(event, handler))
    drain()
    assert delivered == ["novo"]
    assert list(Efeito.objects.order_by("id").values_list("nome", flat=True)) == [*names, "novo"]
