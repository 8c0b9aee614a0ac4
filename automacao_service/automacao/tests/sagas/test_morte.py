"""kill -9 at every point of the orchestrator, forward and back: others take over, and each effect is there once or not at all."""

from dataclasses import replace

import pytest

from automacao import conducao
from automacao.models import Saga
from automacao.sagas import motor
from crm_shared.testing.http_server import Reply

from .conftest import dar_a_vez, nada_ficou, tudo_esta_feito
from .servicos import Defeito

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(240)]


class Morte(BaseException):
    """kill -9, as seen from inside."""


RECUSADO = Defeito("POST /clientes/leads/.*/converter", Reply(422, {"codigo": "regra_recusa"}))
PERDIDO = Defeito("POST /clientes/leads/.*/converter", "perdida")
# where a worker dies: as a write of its commits, between it and the request, or between the request and the next write
MORTES = [
    (None, "concluida", ("claim", "_comecar", "passo_comecado", "passo_respondido", "_avancar")),
    (RECUSADO, "compensada", ("_falhou", "_comecar_a_desfazer", "recuo_comecado", "recuo_respondido", "_recuar")),
    (PERDIDO, "concluida", ("recuo_comecado", "recuo_respondido", "_retomar")),
]
MAIS = 12  # more passes of a place than any saga has


class Contador:
    """Lets a place be passed, but dies after its n-th time."""

    def __init__(self, real, nome):
        self.real, self.nome, self.passagens, self.mata_na = real, nome, 0, 0

    def __call__(self, *args):
        result = self.real(*args)
        if self.nome.startswith("_") or args == (f"saga.{self.nome}",) or self.nome == "claim":
            self.passagens += 1
            if self.passagens == self.mata_na:
                raise Morte
        return result


@pytest.mark.parametrize(("defeito", "esperado", "lugar"), [(*caso[:2], lugar) for caso in MORTES for lugar in caso[2]])
def test_death_at_any_point_ends_complete_or_leaves_nothing(iniciar, servicos, monkeypatch, defeito, esperado, lugar):
    servicos.defeitos += [replace(defeito)] if defeito else []
    modulo, nome = (conducao, "claim") if lugar == "claim" else (motor, lugar if lugar.startswith("_") else "point")
    contador = Contador(getattr(modulo, nome), lugar)
    monkeypatch.setattr(modulo, nome, contador)
    for vez in range(1, MAIS):
        limpar(servicos)
        contador.passagens, contador.mata_na = 0, vez
        saga, mortes = carregar(iniciar())
        assert saga.estado == esperado, vez
        (tudo_esta_feito if esperado == "concluida" else nada_ficou)(servicos, saga)
        if not mortes:
            assert vez > 1, "this place is never passed"
            return
    pytest.fail("the place is passed more often than MAIS")


def limpar(servicos):
    for linhas in (servicos.leads, servicos.empresas, servicos.vendas, servicos.tarefas, servicos.vinculos, servicos.respostas):
        linhas.clear()
    for defeito in servicos.defeitos:
        defeito.vezes = 1000


def carregar(saga):
    """To its end, by as many workers as it takes."""
    mortes = 0
    for _ in range(20):
        Saga.objects.update(arrendada_ate=None)  # as if the leases of the dead were over
        dar_a_vez()
        try:
            motor.executar(saga.pk)
        except Morte:
            mortes += 1
        saga.refresh_from_db()
        if saga.estado in ("concluida", "compensada"):
            break
    return saga, mortes


def test_a_step_that_kills_every_worker_is_given_up_and_undone(iniciar, servicos, monkeypatch):
    real = motor.executar_passo

    def mortal(saga, registro, passo):
        if passo.nome == "tarefa":
            raise Morte
        return real(saga, registro, passo)

    monkeypatch.setattr(motor, "executar_passo", mortal)
    saga, mortes = carregar(iniciar())
    assert (saga.estado, saga.erro, mortes) == ("compensada", "tentativas_esgotadas", 6)
    nada_ficou(servicos, saga)


@pytest.mark.parametrize("passo", ["empresa", "oportunidade", "tarefa", "converter"])
def test_a_worker_that_slept_past_its_lease_writes_nothing(iniciar, servicos, monkeypatch, passo):
    """Its call returns after another has taken the saga over and finished it."""
    saga, real, vezes = iniciar(), motor.executar_passo, []

    def lento(linha, registro, atual):
        feito = real(linha, registro, atual)
        if atual.nome == passo and not vezes:
            vezes.append(1)
            Saga.objects.update(arrendada_ate=None)
            motor.executar(saga.pk)
        return feito

    monkeypatch.setattr(motor, "executar_passo", lento)
    motor.executar(saga.pk)
    saga.refresh_from_db()
    assert saga.estado == "concluida"
    tudo_esta_feito(servicos, saga)
    assert saga.passos.get(passo=passo).tentativa == 2
