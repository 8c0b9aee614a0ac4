"""A saga to carry out, against services that verify and count."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone

from automacao.models import Saga
from automacao.sagas import motor
from crm_shared.jobs.rows import take_back
from crm_shared.testing.http_server import serving

from .servicos import Servicos

INICIO = "/automacao/sagas/converter-lead"
TERMINADAS = ("concluida", "compensada")


@pytest.fixture
def servicos(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("crm_shared.client._PAUSES", ())
    with no_ar(Servicos(), settings, tmp_path / "automacao.pem") as mundo:
        yield mundo


@contextmanager
def no_ar(mundo: Servicos, settings: Any, chave: Any) -> Iterator[Any]:
    """`mundo` stands at the address of every service."""
    from automacao import chamadas

    chave.write_bytes(mundo.chaves.private_pem)
    with serving(mundo) as server:
        for nome in ("AUTH", "CLIENTES", "EMPRESAS", "VENDAS", "COMUNICACAO", "TAREFAS", "AUTOMACAO"):
            setattr(settings, f"{nome}_URL", server.url)
        settings.SERVICE_KEY_FILE = str(chave)
        chamadas.fichas.cache_clear()
        chamadas.cliente_de.cache_clear()
        yield mundo
    chamadas.fichas.cache_clear()
    chamadas.cliente_de.cache_clear()


@pytest.fixture
def iniciar(api, servicos):
    """`iniciar(lead)` is the saga that ana starts, as a row."""

    def start(lead=None, **corpo):
        answer = api().post(INICIO, {"lead_id": lead or servicos.novo_lead(), **corpo})
        assert answer.status_code == 202, answer.content
        return Saga.objects.get(pk=answer.json()["id"])

    return start


def dar_a_vez():
    """As if the waits were over."""
    take_back(Saga)
    Saga.objects.filter(estado__in=Saga.WAITING).update(proxima_em=timezone.now())


def levar(saga, voltas=20):
    """Carry it out to its end, or `voltas` times."""
    for _ in range(voltas):
        dar_a_vez()
        motor.executar(saga.pk)
        saga.refresh_from_db()
        if saga.estado in TERMINADAS:
            break
    return saga


def nada_ficou(servicos, saga):
    [lead] = servicos.leads.values()
    assert (lead["status"], servicos.criados) == ("qualificado", {"empresas": 0, "vendas": 0, "tarefas": 0, "vinculos": 0})
    assert saga.chave is None
    assert not saga.travas.exists()


def tudo_esta_feito(servicos, saga):
    [lead] = servicos.leads.values()
    [oportunidade], [tarefa], [empresa], [vinculo] = (
        getattr(servicos, nome).values() for nome in ("vendas", "tarefas", "empresas", "vinculos")
    )
    assert (lead["status"], lead["oportunidade_id"]) == ("convertido", oportunidade["id"])
    assert oportunidade["empresa_id"] == empresa["id"] == vinculo["empresa_id"]
    assert oportunidade["lead_id"] == lead["id"] == str(saga.alvo_id)
    assert {item["id"] for item in tarefa["vinculos"]} == {lead["cliente_id"], empresa["id"], oportunidade["id"]}
    assert saga.chave is None
    assert not saga.travas.exists()


def tudo_ou_nada(servicos, saga):
    (tudo_esta_feito if saga.estado == "concluida" else nada_ficou)(servicos, saga)
