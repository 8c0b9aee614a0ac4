"""The real loop in a process of its own, killed in the middle of a `lote` and of its undoing: the next one goes on, nothing is doubled."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone
from projeto.exemplo.models import Coisa

from crm_shared.events.models import Evento
from crm_shared.operations.models import Operacao

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
    pytest.mark.skipif("connection.vendor == 'mongodb'", reason="there test_lote_em_segundo_plano.py rehearses the same deaths"),
]
ITEMS = 250
LOOP = """
import sys
import threading
import time
import django
django.setup()
from crm_shared.operations import runner
portions = 0
def point(name):
    global portions
    portions += name == "operacao.antes_do_commit"
    if portions == int(sys.argv[1]):
        print("held", flush=True)
        time.sleep(600)
runner.point = point
while True:
    runner.Runner().turn(threading.Event())
"""


@pytest.fixture
def process(tmp_path):
    """`process(2)` works operations of the test's database off, and halts in its second portion, all of it written, none committed."""
    started = []
    url = urlsplit(os.environ["CRM_SHARED_DATABASE_URL"])
    database = urlunsplit(url._replace(path="/" + quote(connection.settings_dict["NAME"])))

    def start(held_at):
        environment = {
            **os.environ,
            "CRM_SHARED_DATABASE_URL": database,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        command = [sys.executable, "-c", LOOP, str(held_at)]
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True))
        return started[-1]

    yield start
    for item in started:
        item.kill()
        item.wait()
        item.stdout.close()


def killed(running):
    """By kill -9 where it halts; what it held is free at once, as it would be when its 30 s are over."""
    assert "held\n" in iter(running.stdout.readline, "")
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    Operacao.objects.filter(arrendada_ate__isnull=False).update(arrendada_ate=timezone.now())


def ended(estado):
    until = time.monotonic() + 90
    while Operacao.objects.get().estado != estado:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_killed_in_the_middle(api, process, monkeypatch):
    monkeypatch.setattr("crm_shared.api.bulk.mixin.SYNCHRONOUS", 3)
    client = api()
    items = [{"nome": f"n{number}"} for number in range(ITEMS)]
    where = client.post("/exemplo/lote", {"operacao": "criar", "itens": items})["Location"]
    killed(process(held_at=2))
    assert (Operacao.objects.get().feitos, Coisa.objects.count(), Evento.objects.count()) == (100, 100, 100)
    second = process(held_at=4)  # two portions remain, then those of undoing
    ended("concluida")
    assert sorted(Coisa.objects.values_list("nome", flat=True)) == sorted(item["nome"] for item in items)
    assert Evento.objects.count() == ITEMS
    assert list(Operacao.objects.get().itens.order_by("indice").values_list("indice", flat=True)) == list(range(ITEMS))

    client.post(f"{where}/desfazer")
    killed(second)
    assert Operacao.objects.get().desfeitos == 100
    process(held_at=0)
    ended("desfeita")
    assert Operacao.objects.get().desfeitos == ITEMS
    assert not Coisa.objects.filter(excluido_em=None).exists()
    assert Counter(evento.tipo.split(".")[2] for evento in Evento.objects.all()) == {"criada": ITEMS, "excluida": ITEMS}
