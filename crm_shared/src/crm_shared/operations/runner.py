"""The loop that works operations off, in `manage.py eventos`; any number of processes may run it.

It claims a row for a lease, does portions of it for a moment, and puts it back at the end of the line, so that a giant one
delays the others by no more than that. A portion, its items and the progress are one transaction: killed at any moment,
the operation goes on after the last portion that was committed.
"""

import threading
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from ..bulk_insert import insert_all
from ..crash_points import point
from ..db import atomic, update_each
from ..errors import DomainError
from ..events.failures import is_outage
from ..jobs.rows import Lost, claim, held, take_back
from ..observability.context import working_as
from ..observability.logs import get_logger
from .each import Each
from .kinds import Kind, Portion, kind_of
from .models import Operacao
from .services import allow_undo, ended_as

logger = get_logger("crm.operacoes")

LEASE = timedelta(seconds=30)
_SLICE = 1.0  # seconds for one operation before the next has its turn
_IDLE = 0.5
_ATTEMPTS = 6  # claims in a row without progress after which an error of ours is no accident
_DEATHS = 20  # the same for an operation whose process dies each time: most processes die of something else
_UNDONE_AT_ONCE = 100
_BROKEN = "Erro interno. Informe o rastro ao suporte."
_GONE = "Quem pediu esta operação não tem mais acesso."


class Runner:
    """One instance per process; `turn` gives one operation its time, or waits a moment when there is none."""

    def turn(self, stop: threading.Event) -> None:
        take_back(Operacao)
        operacao = next_one()
        if operacao is None:
            stop.wait(_IDLE)
            return
        with working_as(rastro=operacao.rastro, ator=operacao.ator.sub):
            work(operacao, stop)


def next_one() -> Operacao | None:
    """The operation that waits longest, claimed."""
    waiting = Operacao.objects.filter(estado__in=Operacao.WAITING, arrendada_ate__isnull=True, proxima_em__lte=timezone.now())
    for pk in list(waiting.order_by("proxima_em").values_list("pk", flat=True)[:5]):
        operacao = claim(Operacao, pk, LEASE)
        if operacao is not None:
            return operacao
    return None


def work(operacao: Operacao, stop: threading.Event) -> None:
    """Portions, until the operation has ended or has had its time."""
    until = time.monotonic() + _SLICE
    try:
        kind = kind_of(operacao)
        while operacao.estado in Operacao.WAITING:
            operacao = step(operacao, kind)
            point("operacao.entre_porcoes")
            if stop.is_set() or time.monotonic() > until:
                break
        give_back(operacao, wait=0)
    except Lost:
        logger.info("operacao retirada", extra={"operacao": str(operacao.pk)})
    except DomainError as error:
        end(operacao, Operacao.Estado.FALHOU, error.detail)
    except Exception as error:
        failed(operacao, error)


def failed(operacao: Operacao, error: Exception) -> None:
    """Try again later, unless it has been tried often enough; a store that is out is the loop's matter, and counts for nothing."""
    if is_outage(error):
        with suppress(InterfaceError, OperationalError):  # it was the database: then the lease ends by itself
            give_back(operacao, wait=0, tentativas=F("tentativas") - 1)
        raise error
    logger.error("operacao falhou", extra={"operacao": str(operacao.pk), "tentativas": operacao.tentativas}, exc_info=error)
    if operacao.tentativas >= _ATTEMPTS:
        end(operacao, Operacao.Estado.FALHOU, _BROKEN)
    else:
        give_back(operacao, wait=2 ** (operacao.tentativas - 1))


@atomic
def step(operacao: Operacao, kind: Kind) -> Operacao:
    """One portion and its progress; raises Lost when the operation is no longer ours to do."""
    row = held(operacao)
    if row.tentativas > _DEATHS:
        return finish(row, Operacao.Estado.FALHOU, _BROKEN)
    if _gone(row):
        return finish(row, Operacao.Estado.FALHOU, _GONE)
    undoing = row.estado == Operacao.Estado.DESFAZENDO
    portion = undo_portion(row, kind) if undoing else kind.portion(row, row.cursor)
    insert_all(portion.itens)
    advance(row, portion, undoing=undoing)
    point("operacao.antes_do_commit")
    return finish(row, Operacao.Estado.DESFEITA if undoing else Operacao.Estado.CONCLUIDA) if portion.fim else row


def advance(row: Operacao, portion: Portion, *, undoing: bool) -> None:
    """Write what `portion` did, and renew the lease."""
    row.cursor = portion.cursor
    row.tentativas = 0
    row.iniciado_em = row.iniciado_em or timezone.now()
    row.resultado = {**row.resultado, **portion.resultado}
    row.total = row.total if portion.total is None else portion.total
    if undoing:
        row.desfeitos += portion.feitos - portion.erros
    else:
        row.estado = Operacao.Estado.EXECUTANDO
        row.feitos += portion.feitos
        row.erros += portion.erros
    row.arrendada_ate = timezone.now() + LEASE
    _save(row, "estado", "cursor", "tentativas", "iniciado_em", "resultado", "total", "feitos", "erros", "desfeitos", "arrendada_ate")


def _save(row: Operacao, *names: str) -> None:
    """Only what changed: `parametros` may be large."""
    row.versao += 1
    row.atualizado_em = timezone.now()
    row.save(update_fields=[*names, "versao", "atualizado_em"])


def finish(row: Operacao, estado: str, motivo: str = "") -> Operacao:
    """The last write on a row that is held; what was done before a failure can be undone as well."""
    undone = row.estado == Operacao.Estado.DESFAZENDO
    for name, value in {**ended_as(estado), "motivo": motivo}.items():
        setattr(row, name, value)
    if row.total is None:
        row.total = row.feitos
    if undone:
        row.desfazer_ate = None if estado == Operacao.Estado.DESFEITA else row.desfazer_ate
    else:
        allow_undo(row)
    _save(row, "estado", "encerrado_em", "arrendada_ate", "motivo", "total", "desfazer_ate")
    kind_of(row).ended(row)
    return row


@atomic
def end(operacao: Operacao, estado: str, motivo: str) -> None:
    finish(held(operacao), estado, motivo)


def give_back(operacao: Operacao, *, wait: float, **changed: Any) -> None:
    """To the end of the line; nothing to do when it has ended or is another's."""
    mine = Operacao.objects.filter(pk=operacao.pk, vez=operacao.vez, arrendada_ate__isnull=False, estado__in=Operacao.WAITING)
    mine.update(arrendada_ate=None, proxima_em=timezone.now() + timedelta(seconds=wait), versao=F("versao") + 1, **changed)


def _gone(row: Operacao) -> bool:
    """Whoever asked was deactivated or deleted since."""
    person = row.ator.usuario_id
    return person is not None and bool(import_string(settings.ACTOR_GONE)(person))


def undo_portion(row: Operacao, kind: Kind) -> Portion:
    """The last items first: what one operation did twice to a record comes back in the reverse order."""
    items = row.itens.filter(antes__isnull=False, desfeito="")
    before = items.filter(indice__lt=row.cursor) if row.cursor is not None else items
    chosen = list(before.order_by("-indice")[:_UNDONE_AT_ONCE])
    each = kind_each(kind)
    left = 0
    for item in chosen:
        outcome = each.run(item.pk, partial(kind.undo, row, item))
        item.desfeito = outcome if isinstance(outcome, str) else outcome.codigo[:40]
        left += item.desfeito != "sim"
    if chosen:
        update_each(chosen, ["desfeito"])
    last = chosen[-1].indice if chosen else None
    return Portion(cursor=last, feitos=len(chosen), erros=left, fim=len(chosen) < _UNDONE_AT_ONCE)


def kind_each(kind: Kind) -> Each:
    """What failed in an earlier run of the same transaction is remembered by the kind's instance."""
    each: Each = kind.__dict__.setdefault("_each", Each())
    return each
