"""A subscription of ana's, a receiver on a real port, and auth's word on what she may do."""

import threading

import pytest

from automacao.models import EntregaWebhook, Webhook
from automacao.webhooks import direitos, tentativa
from automacao.webhooks.envio import Entregador
from crm_shared.auth.principal import Principal
from crm_shared.auth.scopes import ACOES, RECURSOS
from crm_shared.events.contracts import clientes
from crm_shared.events.leases import Lease
from crm_shared.records.models import uuid7
from crm_shared.testing.http_server import Reply, serving

CRIADO, ATUALIZADO = clientes.ClienteCriado.TIPO, clientes.ClienteAtualizado.TIPO
TUDO = tuple(f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES)


@pytest.fixture(autouse=True)
def em_casa(settings):
    """Receivers of tests listen on loopback."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    direitos.esquecer()


@pytest.fixture
def receptor():
    """`receptor.replies` says what it answers; 204 at first."""
    with serving(Reply(204)) as server:
        yield server


@pytest.fixture
def novo(receptor):
    return {"nome": "ERP", "url": f"{receptor.url}/crm?chave=1", "tipos": [CRIADO, ATUALIZADO]}


@pytest.fixture
def inscrever(api, novo, db):
    """`inscrever(q="origem:site")` is a subscription of ana's as the API answers it, secret included."""

    def criar(entrada=None, **campos):
        answer = api(**(entrada or {})).post("/automacao/webhooks", {**novo, **campos})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return criar


@pytest.fixture
def auth_diz(monkeypatch, ana):
    """`auth_diz("clientes:ler", vis="proprio")`: what her rights are from now on, when the sender asks."""
    estado = {}

    def dizer(*scopes, vis="todos", erro=None, quem=ana, campos=None):
        direitos.esquecer()
        niveis = {"*": vis} if isinstance(vis, str) else vis
        estado["quem"] = Principal(str(quem.id), frozenset(scopes or TUDO), niveis, (quem.equipe,), quem.nome, campos=campos or {})
        estado["erro"] = erro

    def de_agora(_dono):
        if estado["erro"]:
            raise estado["erro"]
        return estado["quem"]

    dizer()
    monkeypatch.setattr(direitos, "de_agora", de_agora)
    return dizer


@pytest.fixture
def evento(deliver, cliente):
    """`evento()` hands a new person's event to the consumer."""

    def chegar(pk=None, **valores):
        return deliver(cliente(**valores), pk or uuid7())

    return chegar


class Lacos:
    """The loop, driven by hand."""

    def __init__(self):
        self.entregador = Entregador(Lease("eventos"))

    def rodar(self):
        """Begin what is due, wait for its end, write it. Answers how many were begun."""
        comecadas = self.entregador.despachar()
        self.entregador.encerrar()
        return comecadas


@pytest.fixture
def lacos(auth_diz, db):
    laco = Lacos()
    yield laco
    laco.entregador.encerrar()


def entrega(**filtros):
    return EntregaWebhook.objects.get(**filtros)


def webhook():
    return Webhook.objects.get()


def devidas_agora():
    """As if the waits were over."""
    from django.utils import timezone

    EntregaWebhook.objects.filter(estado="pendente").update(proxima_em=timezone.now())
    Webhook.objects.update(suspenso_ate=None)


__all__ = ["ATUALIZADO", "CRIADO", "TUDO", "devidas_agora", "entrega", "tentativa", "threading", "webhook"]
