"""A `lote` too large for its request, as an operation: the items of the request, or the records that a selection means."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ...db import is_mongo
from ...errors import NotFound, Stale
from ...operations.each import Each, Failure
from ...operations.kinds import Kind, Portion
from ...operations.models import ItemOperacao, Operacao
from .desk import Desk, view_class_of
from .offered import writes_of
from .run import Outcome, run
from .writes import Criar, Upsert, Write

_AT_ONCE = 100
_AT_ONCE_ON_MONGO = 50  # there a portion that has to begin again costs more


class Lote(Kind):
    """`parametros`: {operacao, chave, itens | selecao + valores, ate}; a selection walks by id up to `ate`, the moment of the request,
    so that no record is met twice and none that came later.
    """

    undoable = True

    def __init__(self) -> None:
        self.each = Each()
        self._desk: Desk | None = None

    def desk(self, operacao: Operacao) -> Desk:
        if self._desk is None or self._desk.ator != operacao.ator:
            self._desk = Desk(view_class_of(operacao.recurso), operacao.ator)
        return self._desk

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        desk, wanted = self.desk(operacao), operacao.parametros
        write = writes_of(desk.view_class)[wanted["operacao"]](desk, wanted["chave"])
        for scope in write.scopes(desk):
            desk.require_scope(scope)
        if "itens" in wanted:
            return self._items(operacao, write, cursor or 0)
        return self._selected(operacao, write, cursor)

    def _items(self, operacao: Operacao, write: Write, first: int) -> Portion:
        everything = operacao.parametros["itens"]
        items = [(number, everything[number]) for number in range(first, min(first + at_once(), len(everything)))]
        last = first + len(items)
        return self._done(operacao, run(write, items, self.each), cursor=last, fim=last >= len(everything))

    def _selected(self, operacao: Operacao, write: Write, cursor: dict[str, Any] | None) -> Portion:
        wanted = operacao.parametros
        selected = write.desk.selected(write.action, wanted["selecao"])
        total = None if cursor else _upto(selected, wanted["ate"]).count()
        rest = _upto(selected, wanted["ate"]).filter(pk__gt=UUID(cursor["depois"])) if cursor else _upto(selected, wanted["ate"])
        ids = list(rest.order_by("pk").values_list("pk", flat=True)[: at_once()])
        first = cursor["feitos"] if cursor else 0
        items = [(first + number, {**wanted.get("valores", {}), "id": str(pk)}) for number, pk in enumerate(ids)]
        following = {"depois": str(ids[-1]), "feitos": first + len(ids)} if ids else cursor
        return self._done(operacao, run(write, items, self.each), cursor=following, fim=len(ids) < at_once(), total=total)

    def _done(self, operacao: Operacao, outcomes: Sequence[tuple[int, Outcome]], **progress: Any) -> Portion:
        rows = [row_of(operacao, number, outcome) for number, outcome in outcomes]
        return Portion(feitos=len(rows), erros=sum(row.status >= 400 for row in rows), itens=rows, **progress)

    # --- undoing

    def refuse_undo(self, operacao: Operacao) -> None:
        desk = self.desk(operacao)
        for scope in self._class(operacao, desk).undo_scopes(desk):
            desk.require_scope(scope)

    def _class(self, operacao: Operacao, desk: Desk) -> type[Write]:
        return writes_of(desk.view_class)[operacao.parametros["operacao"]]

    def undo(self, operacao: Operacao, item: ItemOperacao) -> str:
        desk = self.desk(operacao)
        write = self._class(operacao, desk)(desk)
        created = isinstance(write, Criar) or (isinstance(write, Upsert) and item.status == 201)
        action = "destroy" if created else write.inverse
        record = desk.visible(action).filter(pk=item.registro_id).first()
        if record is None:
            raise NotFound
        try:
            return _undo(write, action, record, item)
        except Stale:
            return "alterado_depois"


def _undo(write: Write, action: str, record: Any, item: ItemOperacao) -> str:
    desk, versao = write.desk, item.versao or 0
    if action == "destroy":
        desk.services.delete(ator=desk.ator, pk=record.pk, versao=versao)
    elif action != "restaurar":
        write.back(record, item.antes or {}, versao)
    elif record.versao != versao:
        return "alterado_depois"
    else:
        desk.services.restore(ator=desk.ator, pk=record.pk)
    return "sim"


def _upto(selected: QuerySet[Any], ate: str) -> QuerySet[Any]:
    return selected.filter(pk__lte=UUID(ate))


def at_once() -> int:
    return _AT_ONCE_ON_MONGO if is_mongo() else _AT_ONCE


def row_of(operacao: Operacao, number: int, outcome: Outcome) -> ItemOperacao:
    """What became of an item, unsaved."""
    if isinstance(outcome, Failure):
        return ItemOperacao(operacao=operacao, indice=number, status=outcome.status, erros=outcome.erros, registro_id=outcome.registro_id)
    record = outcome.record
    return ItemOperacao(
        operacao=operacao, indice=number, status=outcome.status, registro_id=record.pk, versao=record.versao, antes=outcome.antes
    )
