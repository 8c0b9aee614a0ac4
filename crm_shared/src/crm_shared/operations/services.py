"""Start, cancel and undo an operation, and forget what undoing needed once its time is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from ..auth.principal import Principal
from ..bulk_insert import insert_all
from ..db import atomic
from ..errors import Conflict, NotFound, RuleRefused
from ..observability.context import current
from .kinds import class_of, kind_of
from .models import ItemOperacao, Operacao

UNDOABLE_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=365)  # the operations themselves
_AT_ONCE = 2_000  # rows deleted by one statement


@atomic
def start(
    *, ator: Principal, tipo: str, recurso: str, parametros: dict[str, Any], total: int | None = None, apos: timedelta = timedelta()
) -> Operacao:
    """Queue an operation, not to begin before `apos` has passed; it runs with the rights that `ator` has now, as they apply to
    the records of then.
    """
    operacao = asked_by(ator, tipo=tipo, recurso=recurso, parametros=parametros, total=total, proxima_em=timezone.now() + apos)
    operacao.save(force_insert=True)
    return operacao


def asked_by(ator: Principal, **fields: Any) -> Operacao:
    """A new operation of `ator`, not saved yet."""
    return Operacao(criado_por=ator.sub, quem=ator.as_json(), rastro=current().rastro, **fields)


def keep_done(operacao: Operacao, itens: Sequence[ItemOperacao]) -> None:
    """Save `operacao`, a new one whose items were carried out by this very transaction, as ended: it can be read and undone as any."""
    now = timezone.now()
    operacao.total = operacao.feitos = len(itens)
    operacao.erros = sum(item.status >= 400 for item in itens)
    operacao.estado, operacao.iniciado_em, operacao.encerrado_em = Operacao.Estado.CONCLUIDA, now, now
    operacao.desfazer_ate = now.replace(microsecond=0) + UNDOABLE_FOR if any(item.antes is not None for item in itens) else None
    operacao.save(force_insert=True)
    insert_all(itens)


@atomic
def cancel(*, pk: UUID) -> Operacao:
    """Stop between two portions; what was done stays, and can be undone."""
    now = timezone.now()
    running = Operacao.objects.filter(pk=pk, estado__in=(Operacao.Estado.NA_FILA, Operacao.Estado.EXECUTANDO))
    if not running.update(versao=F("versao") + 1, atualizado_em=now, **ended_as(Operacao.Estado.CANCELADA)):
        raise Conflict("A operação já terminou.", codigo="operacao_encerrada")
    operacao = Operacao.objects.get(pk=pk)
    allow_undo(operacao)
    kind_of(operacao).ended(operacao)
    return operacao


def ended_as(estado: str) -> dict[str, Any]:
    """The columns of an operation that ends now."""
    return {"estado": estado, "encerrado_em": timezone.now(), "arrendada_ate": None}


def allow_undo(operacao: Operacao) -> None:
    """Say until when an operation that has just ended can be undone, if there is anything to undo."""
    if class_of(operacao.tipo).undoable and operacao.itens.filter(antes__isnull=False).exists():
        operacao.desfazer_ate = timezone.now() + UNDOABLE_FOR
        Operacao.objects.filter(pk=operacao.pk).update(desfazer_ate=operacao.desfazer_ate)


@atomic
def undo(*, ator: Principal, pk: UUID) -> Operacao:
    """Have an ended operation undone, item by item, with the rights of `ator`."""
    operacao: Operacao | None = Operacao.objects.select_for_update().filter(pk=pk).first()
    if operacao is None:
        raise NotFound
    if operacao.estado not in Operacao.ENDED:
        raise Conflict("Só uma operação encerrada pode ser desfeita.", codigo="operacao_nao_encerrada", estado=operacao.estado)
    if operacao.desfazer_ate is None or operacao.desfazer_ate < timezone.now():
        raise RuleRefused("Esta operação não pode ser desfeita, ou já passou o prazo.", codigo="nao_pode_ser_desfeita")
    operacao.quem = ator.as_json()
    kind_of(operacao).refuse_undo(operacao)
    values = {
        "estado": Operacao.Estado.DESFAZENDO,
        "quem": operacao.quem,
        "cursor": None,
        "encerrado_em": None,
        "arrendada_ate": None,
        "tentativas": 0,
        "motivo": "",
        "proxima_em": timezone.now(),
    }
    Operacao.objects.filter(pk=pk).update(versao=F("versao") + 1, atualizado_em=timezone.now(), **values)
    return Operacao.objects.get(pk=pk)


def forget_old() -> None:
    """Items, which hold what records were before, 30 days after the end; operations after a year. In small statements."""
    now = timezone.now()
    old = Operacao.objects.filter(encerrado_em__lt=now - UNDOABLE_FOR, desfazer_ate__isnull=False)
    while pks := list(old.values_list("pk", flat=True)[:100]):
        _delete(ItemOperacao.objects.filter(operacao_id__in=pks))
        Operacao.objects.filter(pk__in=pks).update(desfazer_ate=None)
    while pks := list(Operacao.objects.filter(encerrado_em__lt=now - KEPT_FOR).values_list("pk", flat=True)[:100]):
        _delete(ItemOperacao.objects.filter(operacao_id__in=pks))
        Operacao.objects.filter(pk__in=pks).delete()


def _delete(items: QuerySet[ItemOperacao]) -> None:
    while pks := list(items.values_list("pk", flat=True)[:_AT_ONCE]):
        ItemOperacao.objects.filter(pk__in=pks).delete()
