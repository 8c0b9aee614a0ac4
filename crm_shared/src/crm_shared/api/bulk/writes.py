"""The operations of a `lote`: each item is one call of the service function that the single request calls.

offered.py names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from ...errors import Conflict, NotFound
from ...records.models import Record
from ..serializers import StrictSerializer
from .desk import Desk

Item = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """`antes`: what undoing needs; None when the item changed nothing."""

    status: int
    record: Record
    antes: dict[str, Any] | None = None


class Write:
    """One portion of one operation: `prepare` reads for all its items at once, `do` writes one of them."""

    action: ClassVar[str]  # the single request whose scope and visibility hold
    inverse: ClassVar[str]  # the one that undoing amounts to
    by_id: ClassVar[bool] = True  # items name records, so a selection may stand for them
    values: ClassVar[bool] = False  # takes `valores`

    def __init__(self, desk: Desk, chave: str = "") -> None:
        self.desk, self.chave = desk, chave
        self.records: dict[UUID, Any] = {}

    @classmethod
    def scopes(cls, desk: Desk) -> Sequence[str | None]:
        return [desk.view_class.required_scopes[cls.action]]

    @classmethod
    def undo_scopes(cls, desk: Desk) -> Sequence[str | None]:
        return [desk.view_class.required_scopes[cls.inverse]]

    def prepare(self, items: Sequence[Item]) -> None:
        ids = [pk for item in items if (pk := _uuid(item.get("id")))]
        self.records = self.desk.locked(self.action, ids)

    def do(self, item: Item) -> Done:
        raise NotImplementedError

    def back(self, record: Record, antes: dict[str, Any], versao: int) -> None:
        """Undo a change: `antes` are the values that its fields had; raises Stale when others changed the same since."""
        dados = self.desk.changes(record, self.desk.writable(antes))
        self.desk.services.update(ator=self.desk.ator, pk=record.pk, dados=dados, versao=versao)

    def named(self, item: Item) -> tuple[Record, int | None]:
        """The record and the version that an item means. Its `id` and `versao` are taken out of it."""
        pk, versao = _id(item), _versao(item)
        record = self.records.get(pk)
        if record is None:
            raise NotFound
        return record, versao

    def call(self, service: Any, **arguments: Any) -> Any:
        """Without its own transaction: the item has its own already, and a savepoint costs two statements."""
        return getattr(service, "__wrapped__", service)(ator=self.desk.ator, **arguments)


def _id(item: Item) -> UUID:
    if "id" not in item:
        raise ValidationError({"id": [ErrorDetail("Este campo é obrigatório.", code="required")]})
    pk = _uuid(item.pop("id"))
    if pk is None:
        raise ValidationError({"id": [ErrorDetail("Envie um UUID.", code="invalid")]})
    return pk


def _versao(item: Item) -> int | None:
    versao = item.pop("versao", None)
    if versao is not None and (type(versao) is not int or not 0 < versao < 2**31):
        raise ValidationError({"versao": [ErrorDetail("Envie a versão lida, um número inteiro.", code="invalid")]})
    return versao


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


class Criar(Write):
    action, inverse, by_id = "create", "destroy", False

    def prepare(self, items: Sequence[Item]) -> None:
        pass

    def do(self, item: Item) -> Done:
        return Done(201, self.call(self.desk.services.create, dados=self.desk.new_data(item)), {})


class Atualizar(Write):
    action, inverse, values = "partial_update", "partial_update", True

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        return self.change(record, item, versao)

    def change(self, record: Record, body: Item, versao: int | None = None) -> Done:
        dados = self.desk.changes(record, body)
        return Done(200, self.call(self.desk.services.update, pk=record.pk, dados=dados, versao=versao), {})


class Upsert(Atualizar):
    """Changes the record with this natural key, or creates it; one out of sight makes the creation a duplicate, as ever."""

    by_id, values = False, False

    @classmethod
    def scopes(cls, desk: Desk) -> Sequence[str | None]:
        return [desk.view_class.required_scopes[action] for action in ("create", "partial_update")]

    @classmethod
    def undo_scopes(cls, desk: Desk) -> Sequence[str | None]:
        return [desk.view_class.required_scopes[action] for action in ("destroy", "partial_update")]

    def prepare(self, items: Sequence[Item]) -> None:
        keys = {key for item in items if (key := self._key_or_none(item))}
        holders = self.desk.visible(self.action).filter(**{f"{self.chave}__in": keys}) if keys else ()
        self.holders: dict[Any, list[Any]] = {}
        for row in holders:
            self.holders.setdefault(getattr(row, self.chave), []).append(row.pk)
        self.records = self.desk.locked(self.action, [pk for pks in self.holders.values() for pk in pks])

    def _key_or_none(self, item: Item) -> Any:
        try:
            return self.desk.key(self.chave, item.get(self.chave))
        except (ValidationError, KeyError):
            return None

    def do(self, item: Item) -> Done:
        key = self.desk.key(self.chave, item.get(self.chave))
        if not key:
            raise ValidationError({self.chave: [ErrorDetail("Informe a chave.", code="required")]})
        held = self.holders.get(key, [])
        if len(held) > 1:
            raise Conflict("Mais de um registro tem esta chave.", codigo="chave_ambigua", campo=self.chave)
        if held:
            return self.change(self.records[held[0]], item)
        return Done(201, self.call(self.desk.services.create, dados=self.desk.new_data(item)), {})


class Excluir(Write):
    action, inverse = "destroy", "restaurar"

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        _nothing_else(item)
        return Done(200, self.call(self.desk.services.delete, pk=record.pk, versao=versao), {})


class Restaurar(Write):
    action, inverse = "restaurar", "destroy"

    def do(self, item: Item) -> Done:
        record, _versao = self.named(item)
        _nothing_else(item)
        return Done(200, self.call(self.desk.services.restore, pk=record.pk), {})


class Desativar(Write):
    """A transition: the function that the viewset names in `bulk_transitions`, undone by that of its inverse."""

    action, inverse = "desativar", "reativar"

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        _nothing_else(item)
        return Done(200, self.call(self.desk.view_class.bulk_transitions[self.action], pk=record.pk, versao=versao), {})

    def back(self, record: Record, antes: dict[str, Any], versao: int) -> None:
        self.desk.view_class.bulk_transitions[self.inverse](ator=self.desk.ator, pk=record.pk, versao=versao)


class Reativar(Desativar):
    action, inverse = "reativar", "desativar"


class _Owner(StrictSerializer):
    responsavel_id = serializers.UUIDField(required=False, allow_null=True)
    equipe_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError({"responsavel_id": [ErrorDetail("Informe a quem.", code="required")]})
        return attrs


class Atribuir(Write):
    action, inverse, values = "partial_update", "partial_update", True

    @classmethod
    def scopes(cls, desk: Desk) -> Sequence[str | None]:
        return [desk.view_class.required_scopes[cls.action], f"{desk.view_class.recurso}:atribuir"]

    @classmethod
    def undo_scopes(cls, desk: Desk) -> Sequence[str | None]:
        return cls.scopes(desk)

    def do(self, item: Item) -> Done:
        record, versao = self.named(item)
        dados = _OWNER.run_validation(item)
        assign = self.desk.services.assign
        if assign is None:
            return Done(200, self.call(self.desk.services.update, pk=record.pk, dados=dados, versao=versao), {})
        return Done(200, self.call(assign, pk=record.pk, versao=versao, **dados), {})


_OWNER = _Owner()


def _nothing_else(item: Item) -> None:
    if item:
        raise ValidationError({name: [ErrorDetail("Campo desconhecido.", code="campo_desconhecido")] for name in item})
