"""The bus handed messages out and the answer never came: they are taken up before anything newer, not half a minute later."""

import threading

import orjson
import pytest
from projeto.exemplo.consumers import EVENT_HANDLERS
from projeto.exemplo.models import Efeito
from redis.exceptions import TimeoutError as RedisTimeoutError

from crm_shared import bus
from crm_shared.events import consume
from crm_shared.events.consume import Consumer
from crm_shared.events.contracts import clientes
from crm_shared.records.models import uuid7
from crm_shared.testing.plugin import make_envelope

pytestmark = pytest.mark.django_db


@pytest.fixture
def consumer(stream, monkeypatch):
    monkeypatch.setattr(consume, "_BLOCK_MS", 20)
    return Consumer(EVENT_HANDLERS)


def test_an_answer_that_never_came(consumer, stream, cliente, monkeypatch):
    subject, stop = uuid7(), threading.Event()

    def send(nome, versao):
        message = make_envelope(cliente(nome, clientes.ClienteAtualizado), subject, versao=versao)
        bus.connection().xadd(stream("clientes"), {"evento": orjson.dumps(message)})

    for _ in range(3):
        consumer.turn(stop)
    send("v1", 1)
    with monkeypatch.context() as answer:
        read = consumer._read
        answer.setattr(consumer, "_read", lambda position: lose(read(position)))
        with pytest.raises(RedisTimeoutError):
            consumer.turn(stop)
    send("v2", 2)
    for _ in range(4):
        consumer.turn(stop)
    assert list(Efeito.objects.order_by("id").values_list("nome", flat=True)) == ["v1", "v2"]


def lose(answer):
    assert answer
    raise RedisTimeoutError
