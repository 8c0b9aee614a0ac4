"""The real worker, a process of its own on the real queue, killed with -9 in the middle of a step."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection

from automacao import tasks
from automacao.models import Execucao
from automacao_service.celery import app
from crm_shared.records.models import uuid7

from .conftest import CRIADO, LIGAR, esperar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

PASTA = Path(__file__).parents[2]
FILA = ("automacao", "unacked", "unacked_index", "unacked_mutex", "_kombu.binding.automacao")


@pytest.fixture
def fila():
    """The queue, empty before and after."""
    broker = redis.Redis.from_url(app.conf.broker_url)
    broker.delete(*FILA)
    yield broker
    broker.delete(*FILA)


@pytest.fixture
def trabalhador(fila, mundo, tmp_path):
    """`trabalhador()` starts one on the test's database and answers its process; all are ended afterwards."""
    processos = []
    url = urlsplit(os.environ["AUTOMACAO_DATABASE_URL"])
    ambiente = {
        **os.environ,
        "AUTOMACAO_DATABASE_URL": urlunsplit(url._replace(path="/" + quote(connection.settings_dict["NAME"]))),
        "AUTOMACAO_LEASE_SECONDS": "2",
        "AUTH_URL": django_settings.AUTH_URL,
        "TAREFAS_URL": django_settings.TAREFAS_URL,
        "SERVICE_KEY_FILE": django_settings.SERVICE_KEY_FILE,
    }
    opcoes = ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"]

    def start():
        saida = (tmp_path / f"trabalhador-{len(processos)}.log").open("wb")
        comando = [sys.executable, "-m", "celery", "-A", "automacao_service", "worker", *opcoes]
        processo = subprocess.Popen(comando, cwd=PASTA, env=ambiente, stdout=saida, stderr=subprocess.STDOUT, start_new_session=True)
        processo.registro = Path(saida.name)
        processos.append(processo)
        return processo

    yield start
    for processo in processos:
        if processo.poll() is None:
            processo.send_signal(signal.SIGKILL)
        processo.wait()


def varrendo(pronto):
    """As `manage.py eventos` does, every now and then, until `pronto()`."""

    def volta():
        tasks.varrer()
        return pronto()

    return esperar(volta, 40)


def terminou():
    return Execucao.objects.filter(estado="concluida").exists()


def test_an_event_is_a_task_soon_after_its_commit(deliver, cliente, fluxo, trabalhador, mundo):
    """No sweep here: the message alone carries it, and the worker's context is the event's."""
    processo = trabalhador()
    envelope = deliver(cliente(), uuid7(), rastro="ab" * 16)
    assert esperar(terminou, 40), processo.registro.read_text()
    [call] = mundo.chamadas
    assert call.headers["traceparent"].split("-")[1] == "ab" * 16
    assert call.headers["X-Causa"] == envelope["id"]


@pytest.mark.parametrize("momento", ["antes", "depois"])
def test_three_deliveries_and_a_kill_make_one_task(deliver, cliente, fluxo, trabalhador, mundo, momento):
    """Killed while tarefas has not yet, or has already, created the task; the answer reaches nobody."""
    chegou, solta = threading.Event(), threading.Event()

    def parar(vez):
        if vez == 1:
            chegou.set()
            solta.wait(20)

    setattr(mundo, momento, parar)
    pk, evento = uuid7(), uuid7()
    primeiro = trabalhador()
    for _ in range(3):
        deliver(cliente(), pk, id=evento)
    assert chegou.wait(40), primeiro.registro.read_text()
    os.kill(primeiro.pid, signal.SIGKILL)
    primeiro.wait()
    assert Execucao.objects.get().estado == "executando"
    solta.set()
    segundo = trabalhador()
    assert varrendo(terminou), segundo.registro.read_text()
    [execucao] = Execucao.objects.all()
    [(corpo, tarefa)] = mundo.tarefas.values()
    assert corpo["titulo"] == "Ligar para Zé"
    passo = execucao.passos.get()
    assert (passo.estado, passo.tentativa, passo.saida) == ("concluido", 2, {"tarefa_id": tarefa})
    assert {call.headers["Idempotency-Key"] for call in mundo.chamadas} == {f"{execucao.pk}:1"}


def test_a_lost_message_is_made_good_by_the_sweep(deliver, cliente, fluxo, fila, trabalhador, mundo):
    deliver(cliente(), uuid7())
    assert fila.llen("automacao") == 1
    fila.delete(*FILA)
    Execucao.objects.update(enfileirada_em=None)
    trabalhador()
    assert varrendo(terminou)


def test_sigterm_finishes_the_step_in_hand(deliver, cliente, publicado, novo, trabalhador, mundo):
    publicado({**novo, "gatilho": {"evento": CRIADO, "condicoes": []}, "passos": [LIGAR]})
    chegou = threading.Event()

    def demorar(vez):
        chegou.set()
        threading.Event().wait(1.5)

    mundo.antes = demorar
    processo = trabalhador()
    deliver(cliente(), uuid7())
    assert chegou.wait(40), processo.registro.read_text()
    processo.send_signal(signal.SIGTERM)
    assert processo.wait(20) == 0
    assert terminou()
    assert len(mundo.chamadas) == 1
