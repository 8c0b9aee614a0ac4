"""The real process: it sends soon after the commit, and what it was killed over another sends again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from django.db import connection

from automacao.models import EntregaWebhook
from crm_shared.testing.http_server import Reply, serving

from ..conftest import esperar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
PASTA = Path(__file__).parents[3]
LACO = """
import threading
import django
django.setup()
from automacao.webhooks.envio import Entregador
from crm_shared.events.leases import Lease
laco = Entregador(Lease("eventos"))
while True:
    laco.turn(threading.Event())
"""


@pytest.fixture
def processo(tmp_path):
    """`processo()` runs the sending loop on the test's database; tests need no auth, so they speak of test deliveries."""
    todos = []
    url = urlsplit(os.environ["AUTOMACAO_DATABASE_URL"])
    banco = urlunsplit(url._replace(path="/" + quote(connection.settings_dict["NAME"])))

    def start(**extra):
        ambiente = {**os.environ, "AUTOMACAO_DATABASE_URL": banco, "WEBHOOK_ALLOW_PRIVATE": "1", **extra}
        ambiente["DJANGO_SETTINGS_MODULE"] = "automacao_service.settings"
        saida = (tmp_path / f"laco-{len(todos)}.log").open("wb")
        novo = subprocess.Popen([sys.executable, "-c", LACO], cwd=PASTA, env=ambiente, stdout=saida, stderr=subprocess.STDOUT)
        novo.registro = Path(saida.name)
        todos.append(novo)
        return novo

    yield start
    for item in todos:
        if item.poll() is None:
            item.send_signal(signal.SIGKILL)
        item.wait()


def test_dead_between_the_answer_and_its_row_it_is_sent_again_under_the_same_id(api, inscrever, receptor, processo):
    criado = inscrever()
    entrega = api().post(f"/automacao/webhooks/{criado['id']}/teste").json()
    primeiro = processo(CRASH_POINT="webhooks.antes_da_linha")
    assert esperar(lambda: primeiro.poll() is not None, 60), primeiro.registro.read_text()
    assert (primeiro.returncode, len(receptor.requests)) == (137, 1)
    assert EntregaWebhook.objects.get().estado == "enviando"
    EntregaWebhook.objects.update(arrendada_ate=EntregaWebhook.objects.get().criado_em)  # its 30 s are over
    segundo = processo()
    assert esperar(lambda: EntregaWebhook.objects.get().estado == "entregue", 60), segundo.registro.read_text()
    assert [call.headers["webhook-id"] for call in receptor.requests] == [entrega["id"]] * 2


def test_the_receiver_of_the_documentation_verifies_what_is_sent(api, inscrever, processo, tmp_path):
    """docs/webhooks.md, as it stands there, run as its reader would."""
    texto = (PASTA.parent / "docs" / "webhooks.md").read_text()
    codigo = texto.partition("```python\n")[2].partition("```")[0]
    with serving(Reply(204)) as livre:  # a port that is free
        porta = urlsplit(livre.url).port
    criado = inscrever(url=f"http://127.0.0.1:{porta}/crm")
    arquivo = tmp_path / "receber.py"
    arquivo.write_text(codigo)
    for segredo, estado in (("whsec_" + "A" * 44, "falhou"), (criado["segredo"], "entregue")):
        ambiente = {**os.environ, "WEBHOOK_SECRET": segredo, "PORT": str(porta)}
        receptor = subprocess.Popen([sys.executable, str(arquivo)], env=ambiente, stdout=subprocess.PIPE, text=True)
        try:
            assert receptor.stdout.readline().strip() == f"ouvindo em {porta}"
            entrega = api().post(f"/automacao/webhooks/{criado['id']}/teste").json()
            laco = processo()
            pronta = esperar(lambda pk=entrega["id"]: EntregaWebhook.objects.filter(pk=pk, terminada_em__isnull=False).first(), 60)
            assert pronta, laco.registro.read_text()
            assert pronta.estado == estado, pronta.envios
            laco.send_signal(signal.SIGKILL)
            laco.wait()
        finally:
            receptor.kill()
            receptor.wait()
