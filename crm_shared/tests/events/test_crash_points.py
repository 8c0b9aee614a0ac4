"""`manage.py eventos`, a process of its own, dead at each of its worst moments: the next one makes good what it left."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import orjson
import pytest
from django.db import connection
from projeto.exemplo.models import Efeito
from projeto.exemplo.services import criar_coisa

from crm_shared import bus
from crm_shared.crash_points import POINTS
from crm_shared.events.models import CartaMorta, Evento, MensagemRecebida
from crm_shared.records.models import uuid7
from crm_shared.testing.plugin import make_envelope

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

STREAMS = ("ev:exemplo", "ev:clientes")
COMMAND = "import django; django.setup(); from django.core.management import call_command; call_command('eventos', skip_checks=True)"


@pytest.fixture
def streams():
    """The real ones: a process of its own knows no prefix."""
    bus.connection().delete(*STREAMS)
    yield
    bus.connection().delete(*STREAMS)


@pytest.fixture
def start(streams, tmp_path, settings):
    """`start()` answers a new process; all are ended afterwards."""
    url = urlsplit(os.environ["CRM_SHARED_DATABASE_URL"])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "projeto.settings",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "CRM_SHARED_DATABASE_URL": urlunsplit(url._replace(path="/" + quote(connection.settings_dict["NAME"]))),
        "CRASH_FOLDER": str(tmp_path),
    }
    processes = []

    def run():
        with (tmp_path / f"{len(processes)}.log").open("wb") as log:
            processes.append(subprocess.Popen([sys.executable, "-c", COMMAND], env=environment, stdout=log, stderr=subprocess.STDOUT))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def all_done():
    groups = bus.connection().xinfo_groups("ev:clientes") if bus.connection().exists("ev:clientes") else []
    read = any(group["pending"] == 0 and group["entries-read"] for group in groups)
    return read and Efeito.objects.exists() and not Evento.objects.filter(publicado_em=None).exists()


@pytest.mark.skipif(connection.vendor == "mongodb", reason="the process is told of PostgreSQL's test database")
@pytest.mark.parametrize("point", [name for name in POINTS if name.startswith(("relay.", "consumidor."))])
def test_once_in_spite_of_a_death_at(point, start, ator, cliente, tmp_path):
    ticket = tmp_path / point
    ticket.touch()
    criar_coisa(ator=ator, dados={"nome": "a"})
    message = make_envelope(cliente("Ana"), uuid7())
    bus.connection().xadd("ev:clientes", {"evento": orjson.dumps(message)})

    first = start()
    assert first.wait(60) == 137, (tmp_path / "0.log").read_text()
    assert not ticket.exists()
    start()
    assert eventually(all_done), (tmp_path / "1.log").read_text()

    assert list(Efeito.objects.values_list("nome", flat=True)) == ["Ana"]
    assert MensagemRecebida.objects.count() == 1
    assert not CartaMorta.objects.exists()
    published = [orjson.loads(entry[b"evento"])["id"] for _, entry in bus.connection().xrange("ev:exemplo")]
    assert set(published) == {str(Evento.objects.get().pk)}
    assert len(published) > 1 or point != "relay.antes_de_marcar", "it was to be published twice, or this proves nothing"
