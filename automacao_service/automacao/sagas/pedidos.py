"""What a saga asks of the services: forward for the person who started it, back on our own account.

A person may lack the right to delete what he or she may create, or may have left meanwhile. The way back undoes what
this very saga did and nothing else, so it does not need the person's rights.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.utils import timezone

from crm_shared.client import Answer, Refused
from crm_shared.events.values import plain

from ..chamadas import Falha, cliente_de, tentar
from ..models import PassoSaga, Saga
from .definicao import Passo, Pedido, Recuo, Saida, Situacao

R = TypeVar("R")


@dataclass(frozen=True)
class Desfeito:
    """`feito`: the step is one that cannot be undone, and turned out to have been done."""

    feito: bool = False
    saida: Saida = field(default_factory=dict)


def situacao_de(saga: Saga) -> Situacao:
    feitos = PassoSaga.objects.filter(saga=saga, grupo=saga.grupo, estado__in=(PassoSaga.Estado.CONCLUIDO, PassoSaga.Estado.DISPENSADO))
    saidas = dict(feitos.values_list("passo", "saida"))
    assert saga.responsavel_id is not None  # the table's own constraint
    return Situacao(saga.alvo_id, saga.responsavel_id, saga.entrada, saidas)


def executar_passo(saga: Saga, registro: PassoSaga, passo: Passo) -> Saida | Falha | None:
    """What the step keeps of its answer; None when there was nothing to do."""
    return _anotado(registro, "executar", partial(_executar, saga, registro, passo))


def _executar(saga: Saga, registro: PassoSaga, passo: Passo) -> Saida | None:
    situacao = situacao_de(saga)
    pedido = passo.pedido(situacao)
    if pedido is None:
        return None
    return passo.ler(situacao, _pedir(pedido, registro, passo, obo=str(saga.responsavel_id)).data)


def desfazer(saga: Saga, registro: PassoSaga, passo: Passo) -> Desfeito | Falha:
    return _anotado(registro, "desfazer", partial(_desfazer, saga, registro, passo))


def _desfazer(saga: Saga, registro: PassoSaga, passo: Passo) -> Desfeito:
    saida = registro.saida if registro.estado == PassoSaga.Estado.CONCLUIDO else _retirar(saga, registro, passo)
    if saida is None:
        return Desfeito()
    if passo.pivo:
        return Desfeito(feito=True, saida=saida)
    if passo.desfazer:
        _excluir(passo.desfazer(saida), registro, passo)
    for recuo in passo.recuos:
        _recuar(recuo, saida, registro, passo)
    return Desfeito()


def _retirar(saga: Saga, registro: PassoSaga, passo: Passo) -> Saida | None:
    """Nobody knows whether it was done: withdraw it by its key. What it kept, if it was; else None, and it never will be."""
    situacao = situacao_de(saga)
    pedido = passo.pedido(situacao)
    if pedido is None:
        return None
    try:
        return passo.ler(situacao, _pedir(pedido, registro, passo, cancel=True).data)
    except Refused as error:
        if error.codigo == "idempotencia_cancelada":
            return None
        raise


def _recuar(recuo: Recuo, saida: Saida, registro: PassoSaga, passo: Passo) -> None:
    try:
        resposta = _pedir(recuo.pedido(saida), registro, passo).data
    except Refused as error:
        if error.codigo not in recuo.ja:
            raise
    else:
        recuo.conferir(resposta)


def _excluir(pedido: Pedido, registro: PassoSaga, passo: Passo) -> None:
    try:
        _pedir(pedido, registro, passo)
    except Refused as error:
        if error.status != 404:  # gone already
            raise


def _pedir(pedido: Pedido, registro: PassoSaga, passo: Passo, *, obo: str | None = None, cancel: bool = False) -> Answer:
    return cliente_de(pedido.servico, obo).request(
        pedido.metodo,
        pedido.caminho,
        json=pedido.corpo,
        params=pedido.filtros or None,
        idempotency_key=registro.chave_idempotencia if pedido.metodo in ("POST", "PATCH") else "",
        cancel=cancel,
        budget=passo.prazo,
    )


def _anotado(registro: PassoSaga, acao: str, chamada: Callable[[], R]) -> R | Falha:
    """The call's result, told in the step's answers, which the next write saves."""
    inicio = time.monotonic()
    resultado = tentar(chamada)
    falha = resultado if isinstance(resultado, Falha) else None
    if falha and falha.em_curso is not None:
        return falha  # asked many times: the answers that tell something would be pushed out
    resposta = {
        "acao": acao,
        "em": plain(timezone.now()),
        "ms": round((time.monotonic() - inicio) * 1000),
        "ok": falha is None,
        "status": falha.status if falha else None,
        "codigo": falha.codigo if falha else "",
    }
    registro.respostas = [*registro.respostas, resposta][-PassoSaga.MAX_RESPOSTAS :]
    return resultado
