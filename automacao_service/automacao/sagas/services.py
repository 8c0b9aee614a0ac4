"""What people do with sagas: start, repeat, cancel."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import LostRace, atomic, constraint_of
from crm_shared.errors import Forbidden
from crm_shared.events.contracts import automacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.observability.context import current
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner

from ..exceptions import PassouDoPivo, SagaEmAndamento, SagaJaConcluida, SomenteQuemIniciou, TransicaoNaoPermitida
from ..fila import enfileirar
from ..models import PassoSaga, Saga
from .definicao import Definicao
from .estados import interromper
from .registro import DEFINICOES, atual

Estado = Saga.Estado
ATRIBUIR = frozenset({"vendas:atribuir", "tarefas:atribuir", "empresas:atribuir"})


@atomic
def iniciar_saga(*, ator: Principal, tipo: str, alvo_id: UUID, entrada: dict[str, Any]) -> Saga:
    """A saga about this record, unless one is under way: 409 then names it, also for the losers of a race."""
    definicao = atual(tipo)
    _exigir_escopos(ator, definicao)
    dono = with_owner(ator, {}, recurso="automacao", creating=True)
    return comecar_saga(definicao, alvo_id, {**entrada, "atribui": all(map(ator.has, ATRIBUIR))}, dono)


@atomic
def comecar_saga(definicao: Definicao, alvo_id: UUID, entrada: dict[str, Any], dono: dict[str, Any]) -> Saga:
    """`dono`: {responsavel_id, equipe_id} of whoever asked, whose right to it was checked."""
    agora = timezone.now()
    saga = Saga(
        tipo=definicao.nome,
        definicao_versao=definicao.versao,
        alvo_recurso=definicao.alvo_recurso,
        alvo_id=alvo_id,
        chave=_chave(definicao, alvo_id),
        entrada=entrada,
        passo_atual=definicao.passos[0].nome,
        rastro=current().rastro,
        enfileirada_em=agora,
        **dono,
    )
    _ocupar(saga, lambda: saga.save(force_insert=True), definicao)
    _contar_inicio(saga, eventos.SagaIniciada, [])
    transaction.on_commit(partial(enfileirar, saga))
    return saga


def _exigir_escopos(ator: Principal, definicao: Definicao) -> None:
    """What the saga will need in any case; the services ask again at each step, for the person as he or she then is."""
    if ator.usuario_id is None:
        raise Forbidden("Uma saga age em nome de uma pessoa.")
    falta = [escopo for escopo in definicao.escopos if not ator.has(escopo)]
    if falta:
        raise Forbidden(f"Seu papel não permite esta operação: falta {', '.join(falta)}.", codigo="escopo_ausente")


def _chave(definicao: Definicao, alvo_id: UUID) -> str | None:
    return None if definicao.em_fila else f"{definicao.alvo_recurso}:{alvo_id}"


def _ocupar(saga: Saga, gravar: Callable[[], object], definicao: Definicao) -> None:
    """Write the row that takes the target: the unique key waits for whoever is taking it at this moment."""
    try:
        with atomic():
            gravar()
    except IntegrityError as error:
        if "chave" not in constraint_of(error):
            raise
        outra = Saga.objects.filter(chave=saga.chave).values_list("pk", flat=True).first()
        if outra is None:
            raise LostRace("the other saga has just ended") from None
        raise SagaEmAndamento(registro_id=str(outra)) from None
    feita = Saga.objects.filter(tipo=saga.tipo, alvo_id=saga.alvo_id, estado=Estado.CONCLUIDA) if definicao.uma_vez else Saga.objects.none()
    if (concluida := feita.values_list("pk", flat=True).first()) is not None:
        raise SagaJaConcluida(registro_id=str(concluida))


def _contar_inicio(saga: Saga, evento: type[eventos.Saga], mudancas: list[Change]) -> None:
    """The event of the start is the cause of all that the saga does."""
    saga.causa = str(record(evento.of(saga), saga, mudancas).pk)
    Saga.objects.filter(pk=saga.pk).update(causa=saga.causa)


@atomic
def repetir_saga(*, ator: Principal, pk: UUID, versao: int | None = None) -> Saga:
    """One that waits tries again now; one that was undone begins anew, which only who started it may ask for."""
    saga = changes.lock(Saga, pk)
    if saga.estado == Estado.CONCLUIDA:
        raise TransicaoNaoPermitida("Esta saga já foi concluída.", atual=str(saga.estado))
    if saga.estado == Estado.COMPENSADA:
        _recomecar(ator, saga, versao)
    else:
        changes.change(saga, {"proxima_em": timezone.now()}, versao=versao)
        PassoSaga.objects.filter(saga=saga, grupo=saga.grupo, passo=saga.passo_atual).update(tentativa=0)
    transaction.on_commit(partial(enfileirar, saga))
    return saga


def _recomecar(ator: Principal, saga: Saga, versao: int | None) -> None:
    if saga.responsavel_id != ator.usuario_id:
        raise SomenteQuemIniciou
    definicao = atual(saga.tipo)
    _exigir_escopos(ator, definicao)
    agora = timezone.now()
    valores = {
        "estado": Estado.EXECUTANDO,
        "definicao_versao": definicao.versao,
        "chave": _chave(definicao, saga.alvo_id),
        "grupo": saga.grupo + 1,
        "passo_atual": definicao.passos[0].nome,
        "rastro": current().rastro,
        "proxima_em": agora,
        "enfileirada_em": agora,
        "progresso_em": agora,
        "terminada_em": None,
        "erro": "",
        "erro_detalhe": "",
    }
    _ocupar(saga, lambda: changes.change(saga, valores, versao=versao), definicao)
    _contar_inicio(saga, eventos.SagaRepetida, [Change("estado", str(Estado.COMPENSADA), str(Estado.EXECUTANDO))])


@atomic
def cancelar_saga(*, ator: Principal, pk: UUID, versao: int | None = None) -> Saga:
    """Undo what it did. A step under way loses its worker, and is withdrawn like any whose answer never came."""
    saga = changes.lock(Saga, pk)
    if saga.estado != Estado.EXECUTANDO:
        raise TransicaoNaoPermitida("Esta saga já terminou ou já está sendo desfeita.", atual=str(saga.estado))
    _exigir_antes_do_pivo(saga)
    changes.change(saga, {"vez": saga.vez + 1, "arrendada_ate": None, "enfileirada_em": timezone.now()}, versao=versao)
    interromper(saga, "cancelada", "")
    transaction.on_commit(partial(enfileirar, saga))
    return saga


def _exigir_antes_do_pivo(saga: Saga) -> None:
    """Once the pivot was asked for it may have been done."""
    definicao = DEFINICOES.get((saga.tipo, saga.definicao_versao))
    pivos = [passo.nome for passo in definicao.passos if passo.pivo] if definicao else []
    if PassoSaga.objects.filter(saga=saga, grupo=saga.grupo, passo__in=pivos).exists():
        raise PassouDoPivo
