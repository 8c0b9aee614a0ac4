"""Carrying out a saga: forward step by step, or back undoing the last first. Whatever moment the worker dies at, another
goes on from the last committed row.

Each write below is one transaction that first makes sure that the row is still this worker's; no transaction is open
while a service is asked.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.crash_points import point
from crm_shared.db import atomic
from crm_shared.events.contracts import automacao as eventos
from crm_shared.jobs.rows import held
from crm_shared.observability.logs import get_logger
from crm_shared.records import changes

from ..chamadas import Falha
from ..conducao import arrendamento, conduzir
from ..models import PassoSaga, Saga, TravaSaga
from .definicao import Definicao, Passo, Saida
from .estados import a_desfazer, interromper, mudar_estado, terminar
from .pedidos import desfazer, executar_passo, situacao_de
from .registro import DEFINICOES

logger = get_logger("automacao.saga")

ESPERAS = (1, 2, 5, 15, 30, 60)  # seconds before each further try of a step
ESPERAS_DESFAZER = (2, 5, 15, 60, 300)  # and of an undoing, the last again and again
ESPERA_SERVICO = 2  # seconds before it is asked again whether it is done
ESPERA_TRAVA = 1  # seconds before another look whether the other saga is over
ESPERA_DEFINICAO = 60  # another worker may know the definition: during a deployment both versions run

Estado, EstadoPasso = Saga.Estado, PassoSaga.Estado


def executar(pk: UUID) -> None:
    """Take the saga `pk` as far as it goes now; nothing if another worker has it, or it is over."""
    conduzir(Saga, pk, _percorrer)


def _percorrer(saga: Saga) -> Saga:
    definicao = DEFINICOES.get((saga.tipo, saga.definicao_versao))
    if definicao is None:
        return _sem_definicao(saga)
    while saga.arrendada_ate:  # each write answers the row, without a lease when this worker leaves off
        saga = _adiante(saga, definicao) if saga.estado == Estado.EXECUTANDO else _para_tras(saga, definicao)
    return saga


@atomic
def _sem_definicao(saga: Saga) -> Saga:
    logger.error("saga de definicao desconhecida", extra={"saga": str(saga.pk), "tipo": saga.tipo, "versao": saga.definicao_versao})
    return _soltar(held(saga), ESPERA_DEFINICAO, "definicao_desconhecida")


# -- forward ---------------------------------------------------------------------------------------------------------


def _adiante(saga: Saga, definicao: Definicao) -> Saga:
    saga, registro = _comecar(saga, definicao)
    if registro is None:
        return saga
    passo = definicao.passos[registro.ordem]
    point("saga.passo_comecado")
    resultado = executar_passo(saga, registro, passo)
    point("saga.passo_respondido")
    if isinstance(resultado, Falha):
        return _falhou(saga, registro, definicao, resultado)
    return _avancar(saga, registro, definicao, resultado)


@atomic
def _comecar(saga: Saga, definicao: Definicao) -> tuple[Saga, PassoSaga | None]:
    """The current step's row, one try richer, and the lease renewed for it; no row when it may not begin now."""
    linha = held(saga)
    linha.arrendada_ate = timezone.now() + arrendamento()
    passo = definicao.passos[definicao.ordem(linha.passo_atual)]
    if passo.trava and not _travar(linha, passo):
        return _soltar(linha, ESPERA_TRAVA, "aguardando_outra_saga"), None
    registro = _registro_do_passo(linha, definicao)
    registro.tentativa += 1
    if registro.tentativa > passo.tentativas:  # workers died over it, or it was out of tries already
        return _desistir(linha, registro, definicao, Falha("tentativas_esgotadas", "O passo não chegou ao fim.")), None
    registro.estado, registro.erro_codigo = EstadoPasso.EXECUTANDO, ""
    registro.save()
    changes.touch(linha)
    return linha, registro


def _registro_do_passo(saga: Saga, definicao: Definicao) -> PassoSaga:
    novo = {"passo": saga.passo_atual, "chave_idempotencia": f"{saga.pk}:{saga.passo_atual}:{saga.grupo}"}
    ordem = definicao.ordem(saga.passo_atual)
    registro, _ = PassoSaga.objects.get_or_create(saga=saga, grupo=saga.grupo, ordem=ordem, defaults=novo)
    return registro


def _travar(saga: Saga, passo: Passo) -> bool:
    """Whether the saga has what the step locks. A saga has one lock at most, so none waits for another in a circle."""
    chave = passo.trava(situacao_de(saga)) if passo.trava else None
    if chave is None:
        return True
    TravaSaga.objects.bulk_create([TravaSaga(chave=chave, saga=saga)], ignore_conflicts=True)
    return TravaSaga.objects.filter(chave=chave, saga=saga).exists()


@atomic
def _avancar(saga: Saga, registro: PassoSaga, definicao: Definicao, saida: Saida | None) -> Saga:
    """`saida` is None where there was nothing to do."""
    linha = held(saga)
    _fechar(registro, EstadoPasso.DISPENSADO if saida is None else EstadoPasso.CONCLUIDO, saida=saida or {})
    return _seguir(linha, registro, definicao)


def _seguir(linha: Saga, registro: PassoSaga, definicao: Definicao) -> Saga:
    """To the step after that of `registro`, or to the end."""
    seguintes = definicao.passos[registro.ordem + 1 :]
    linha.erro = linha.erro_detalhe = ""
    linha.progresso_em = timezone.now()
    if not seguintes:
        return terminar(linha, Estado.CONCLUIDA)
    linha.passo_atual = seguintes[0].nome
    changes.touch(linha)
    return linha


@atomic
def _falhou(saga: Saga, registro: PassoSaga, definicao: Definicao, falha: Falha) -> Saga:
    linha = held(saga)
    if falha.em_curso is not None:
        return _aguardar(linha, registro, falha.em_curso, falha)
    passo = definicao.passos[registro.ordem]
    if falha.definitiva or registro.tentativa >= passo.tentativas:
        return _desistir(linha, registro, definicao, falha)
    registro.erro_codigo = falha.codigo[:60]
    registro.save()
    return _soltar(linha, ESPERAS[min(registro.tentativa, len(ESPERAS)) - 1], falha.codigo, falha.detalhe)


def _aguardar(linha: Saga, registro: PassoSaga, ate_aqui: Saida, falha: Falha | None = None) -> Saga:
    """The service is at it, so no try was lost; the step tells how far it is. On the way back the saga keeps its own error."""
    if not ate_aqui.items() <= registro.saida.items():
        linha.progresso_em = timezone.now()
    registro.tentativa = registro.tentativa_desfazer = 0
    registro.saida, registro.erro_codigo = {**registro.saida, **ate_aqui}, ""
    registro.save()
    return _soltar(linha, ESPERA_SERVICO, falha.codigo if falha else None, falha.detalhe if falha else "")


def _desistir(linha: Saga, registro: PassoSaga, definicao: Definicao, falha: Falha) -> Saga:
    """Back, unless the pivot is behind us: then the step is left out and the saga goes on."""
    _fechar(registro, EstadoPasso.FALHOU, erro=falha.codigo)
    if definicao.depois_do_pivo(registro.ordem):
        return _seguir(linha, registro, definicao)
    return interromper(linha, falha.codigo, falha.detalhe)


# -- back ------------------------------------------------------------------------------------------------------------


def _para_tras(saga: Saga, definicao: Definicao) -> Saga:
    saga, registro = _comecar_a_desfazer(saga, definicao)
    if registro is None:
        return saga
    point("saga.recuo_comecado")
    resultado = desfazer(saga, registro, definicao.passos[registro.ordem])
    point("saga.recuo_respondido")
    if isinstance(resultado, Falha):
        return _recuo_falhou(saga, registro, resultado)
    if resultado.feito:
        return _retomar(saga, registro, definicao, resultado.saida)
    return _recuar(saga, registro)


@atomic
def _comecar_a_desfazer(saga: Saga, definicao: Definicao) -> tuple[Saga, PassoSaga | None]:
    linha = held(saga)
    linha.arrendada_ate = timezone.now() + arrendamento()
    registro = a_desfazer(linha, definicao)
    if registro is None:
        return terminar(linha, Estado.COMPENSADA), None
    registro.tentativa_desfazer += 1
    registro.save()
    linha.passo_atual = registro.passo
    changes.touch(linha)
    return linha, registro


@atomic
def _recuar(saga: Saga, registro: PassoSaga) -> Saga:
    linha = held(saga)
    _fechar(registro, EstadoPasso.DESFEITO, saida=registro.saida, erro=registro.erro_codigo)
    linha.progresso_em = timezone.now()
    changes.touch(linha)
    return linha


@atomic
def _retomar(saga: Saga, registro: PassoSaga, definicao: Definicao, saida: Saida) -> Saga:
    """The pivot was done after all, its answer had been lost: from here there is only forward."""
    linha = held(saga)
    _fechar(registro, EstadoPasso.CONCLUIDO, saida=saida)
    linha.erro = linha.erro_detalhe = ""
    mudar_estado(linha, Estado.EXECUTANDO, eventos.SagaRetomada)
    return _seguir(linha, registro, definicao)


@atomic
def _recuo_falhou(saga: Saga, registro: PassoSaga, falha: Falha) -> Saga:
    """However long it takes: what was done is undone. The saga keeps the error that sent it back."""
    linha = held(saga)
    if falha.em_curso is not None:
        return _aguardar(linha, registro, falha.em_curso)
    registro.erro_codigo = falha.codigo[:60]
    registro.save()
    return _soltar(linha, ESPERAS_DESFAZER[min(registro.tentativa_desfazer, len(ESPERAS_DESFAZER)) - 1])


# -- rows ------------------------------------------------------------------------------------------------------------


def _soltar(linha: Saga, segundos: int, erro: str | None = None, detalhe: str = "") -> Saga:
    """Leave off until then: the wait is the row itself, and the sweep enqueues it when its time has come."""
    linha.proxima_em, linha.arrendada_ate = timezone.now() + timedelta(seconds=segundos), None
    if erro is not None:
        linha.erro, linha.erro_detalhe = erro[:60], detalhe[:500]
    changes.touch(linha)
    return linha


def _fechar(registro: PassoSaga, estado: str, *, saida: dict[str, Any] | None = None, erro: str = "") -> None:
    registro.estado, registro.saida, registro.erro_codigo, registro.fim = estado, saida or {}, erro[:60], timezone.now()
    registro.save()
