"""Carrying out a run, step by step. Whatever moment the worker dies at, another goes on from the last committed row."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.crash_points import point
from crm_shared.db import atomic
from crm_shared.events.contracts import automacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.jobs.rows import held
from crm_shared.records import changes

from .chamadas import Falha, tentar
from .conducao import arrendamento, conduzir
from .models import Execucao, PassoExecucao
from .passos import PASSOS, Espera, Feito, Trabalho

# seconds before each further try of a step: within a minute of the end of a short outage it goes on; together far less
# than the day for which an Idempotency-Key is kept
ESPERAS = (2, 5, 15, 30, 30, 60, 300, 1800, 3600, 7200)
MAX_TENTATIVAS = len(ESPERAS) + 1  # a worker that died over the step counts as a try

Estado = Execucao.Estado


def executar(pk: UUID) -> None:
    """Run what is due of the run `pk`; nothing if another worker has it, or it is over."""
    conduzir(Execucao, pk, _percorrer)


def _percorrer(execucao: Execucao) -> Execucao:
    while execucao.estado == Estado.EXECUTANDO:
        execucao, registro = _comecar(execucao)
        if execucao.estado == Estado.EXECUTANDO:
            execucao = _dar_o_passo(execucao, registro)
    return execucao


def _dar_o_passo(execucao: Execucao, registro: PassoExecucao) -> Execucao:
    """No transaction is open while the step talks to the network."""
    point("trabalhador.antes_da_chamada")
    resultado = tentar(lambda: PASSOS[registro.tipo](_trabalho(execucao, registro)))
    if isinstance(resultado, Falha):
        recusado = _falhar if resultado.definitiva else _tentar_depois
        return recusado(execucao, registro, resultado.codigo, resultado.detalhe)
    point("trabalhador.antes_da_linha")
    if isinstance(resultado, Espera):
        return _esperar(execucao, registro, resultado.ate)
    return _avancar(execucao, registro, resultado)


def _trabalho(execucao: Execucao, registro: PassoExecucao) -> Trabalho:
    return Trabalho(
        parametros=registro.entrada,
        dados=execucao.contexto["dados"],
        pessoais=execucao.contexto["pessoais"],
        alvo_recurso=execucao.alvo_recurso,
        alvo_id=str(execucao.alvo_id),
        dono_id=str(execucao.dono_id),
        inicio=registro.inicio,
        chave=registro.chave_idempotencia,
    )


@atomic
def _comecar(execucao: Execucao) -> tuple[Execucao, PassoExecucao]:
    """The current step's row, one try richer, and the lease renewed for it."""
    linha = held(execucao)
    primeira = linha.iniciada_em is None
    linha.iniciada_em = linha.iniciada_em or timezone.now()
    linha.arrendada_ate = timezone.now() + arrendamento()
    registro = _registro_do_passo(linha)
    registro.tentativa += 1
    if registro.tentativa > MAX_TENTATIVAS:
        _encerrar_com_erro(linha, registro, "tentativas_esgotadas", "O trabalhador terminou a cada tentativa.")
        return linha, registro
    registro.estado, registro.erro_codigo = PassoExecucao.Estado.EXECUTANDO, ""
    registro.save()
    changes.touch(linha)
    if primeira:
        _contar(eventos.ExecucaoIniciada, linha, Estado.NA_FILA)
    return linha, registro


def _registro_do_passo(execucao: Execucao) -> PassoExecucao:
    passos = execucao.versao_fluxo.passos
    ordem = next(indice for indice, passo in enumerate(passos) if passo["id"] == execucao.passo_atual)
    passo = passos[ordem]
    novo = {
        "passo": passo["id"],
        "tipo": passo["tipo"],
        "entrada": passo["parametros"],
        "chave_idempotencia": f"{execucao.pk}:{passo['id']}",
    }
    registro, _ = PassoExecucao.objects.get_or_create(execucao=execucao, ordem=ordem, defaults=novo)
    return registro


@atomic
def _avancar(execucao: Execucao, registro: PassoExecucao, feito: Feito) -> Execucao:
    linha = held(execucao)
    _fechar(registro, PassoExecucao.Estado.CONCLUIDO, saida=feito.saida)
    seguintes = linha.versao_fluxo.passos[registro.ordem + 1 :]
    linha.passo_atual = seguintes[0]["id"] if seguintes else ""
    if not seguintes:
        _terminar(linha, Estado.CONCLUIDA)
    changes.touch(linha)
    if not seguintes:
        _contar(eventos.ExecucaoConcluida, linha, Estado.EXECUTANDO)
    return linha


@atomic
def _esperar(execucao: Execucao, registro: PassoExecucao, ate: datetime) -> Execucao:
    """The wait is the row itself: the sweep enqueues it when its time has come, however long that is."""
    linha = held(execucao)
    registro.tentativa = 0  # waking up is no failure
    _fechar(registro, PassoExecucao.Estado.AGUARDANDO, fim=None)
    return _soltar(linha, Estado.AGUARDANDO, ate)


@atomic
def _tentar_depois(execucao: Execucao, registro: PassoExecucao, codigo: str, detalhe: str) -> Execucao:
    linha = held(execucao)
    if registro.tentativa >= MAX_TENTATIVAS:
        _encerrar_com_erro(linha, registro, codigo, detalhe)
        return linha
    _fechar(registro, PassoExecucao.Estado.FALHOU, erro=codigo)
    linha.erro, linha.erro_detalhe = codigo[:60], detalhe[:500]
    return _soltar(linha, Estado.NA_FILA, timezone.now() + timedelta(seconds=ESPERAS[registro.tentativa - 1]))


@atomic
def _falhar(execucao: Execucao, registro: PassoExecucao, codigo: str, detalhe: str) -> Execucao:
    linha = held(execucao)
    _encerrar_com_erro(linha, registro, codigo, detalhe)
    return linha


def _encerrar_com_erro(linha: Execucao, registro: PassoExecucao, codigo: str, detalhe: str) -> None:
    _fechar(registro, PassoExecucao.Estado.FALHOU, erro=codigo)
    _terminar(linha, Estado.FALHOU)
    linha.erro, linha.erro_detalhe = codigo[:60], detalhe[:500]
    changes.touch(linha)
    _contar(eventos.ExecucaoFalhou, linha, Estado.EXECUTANDO)


def _fechar(registro: PassoExecucao, estado: str, *, erro: str = "", saida: dict[str, Any] | None = None, fim: Any = ...) -> None:
    registro.estado, registro.erro_codigo, registro.saida = estado, erro[:60], saida or {}
    registro.fim = timezone.now() if fim is ... else fim
    registro.save()


def _soltar(linha: Execucao, estado: str, quando: datetime) -> Execucao:
    linha.estado, linha.proxima_em, linha.arrendada_ate = estado, quando, None
    changes.touch(linha)
    return linha


def _terminar(linha: Execucao, estado: str) -> None:
    linha.estado, linha.terminada_em, linha.arrendada_ate = estado, timezone.now(), None
    linha.erro = linha.erro_detalhe = ""


def _contar(evento: type[eventos.Execucao], linha: Execucao, de: str) -> None:
    """The run's owner in the event is the flow's, as of now."""
    outros = {"fluxo_nome": linha.fluxo.nome, "responsavel_id": linha.fluxo.responsavel_id}
    record(evento.of(linha, **outros), linha, [Change("estado", str(de), str(linha.estado))])
