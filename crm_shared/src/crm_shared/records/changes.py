"""Create, change, delete and restore a record: the steps that every service function shares.

Each runs inside the caller's transaction and leaves the event to the caller, who knows its type.
"""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from ..db import LostRace, require_atomic
from ..errors import Conflict, NotFound, Stale
from ..events.log import Change, changed_since, plain
from ..extensions import values as custom
from .models import Record, Searchable
from .together import batch

R = TypeVar("R", bound=Record)


def save_new(record: R) -> R:
    require_atomic("save_new")
    if isinstance(record, Searchable):
        record.refresh_search_text()
    extras = _extras_of(record)
    if extras:
        custom.put(record, {})
    record.save(force_insert=True)
    if extras:
        custom.keep_index(record, extras)
    return record


def _extras_of(record: Record) -> dict[str, Any]:
    """The values of custom fields, {} for a record that has none or cannot have any."""
    return getattr(record, "extras", None) or {}


def lock(model: type[R], pk: UUID, *, deleted: bool = False) -> R:
    """The row, locked until the transaction ends; with `deleted` also one that is."""
    if (known := _locked_before(model, pk)) is not None and (deleted or known.excluido_em is None):
        return known
    rows = model._default_manager.select_for_update().filter(pk=pk)
    row: R | None = (rows if deleted else rows.filter(excluido_em__isnull=True)).first()
    if row is None:
        raise NotFound
    return row


def _locked_before(model: type[R], pk: UUID) -> R | None:
    """As `together` has it; only once, for whoever gets it may leave it half changed."""
    together = batch()
    found: R | None = together.locked.pop((model, pk), None) if together else None
    return found


def change(record: R, values: dict[str, Any], *, versao: int | None = None) -> list[Change]:
    """Set `values` on the locked `record`, raise its version and answer what changed; nothing changed leaves it alone.

    `versao` is the version that the caller had read (If-Match). When somebody else changed other fields since,
    both changes stand; when the same field, Stale names the original, the present and the sent value.
    """
    columns, sent = custom.columns_and_extras(values)
    changes = [
        Change(name, plain(getattr(record, name)), plain(value)) for name, value in columns.items() if getattr(record, name) != value
    ]
    extras = [Change(*item) for item in custom.differences(record, sent)]
    changes += extras
    if versao is not None and versao != record.versao:
        refuse_overlap(record, changes, versao)
    if changes:
        for item in changes:
            if item not in extras:
                setattr(record, item.campo, values[item.campo])
        _touch_with_extras(record, {item.campo.removeprefix(custom.PREFIX): item.para for item in extras})
    return changes


def _touch_with_extras(record: Record, changed: dict[str, Any]) -> None:
    """Custom fields change one by one, as columns do, so that two people's changes of different ones both stand."""
    if changed:
        custom.put(record, changed)
    touch(record)
    if changed:
        custom.keep_index(record, changed)


def refuse_overlap(record: Record, changes: list[Change], versao: int) -> None:
    if versao > record.versao:
        raise Stale("A versão informada em If-Match não existe.")
    others = changed_since(record, versao)
    if others is None:
        if changes:
            raise Stale("O registro mudou desde a versão informada em If-Match.")
        return
    overlapping = [item for item in changes if item.campo in others]
    if overlapping:
        conflitos = [{"campo": item.campo, "original": others[item.campo], "atual": item.de, "enviado": item.para} for item in overlapping]
        raise Stale(conflitos=conflitos, pessoais=custom.personal_names(record, [item.campo for item in overlapping]))


def touch(record: Record) -> None:
    """Save `record` as its next version, provided that the stored one is still the one that was read."""
    require_atomic("touch")
    read, record.versao = record.versao, record.versao + 1
    record.atualizado_em = timezone.now()
    if isinstance(record, Searchable):
        record.refresh_search_text()
    values = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields if not field.primary_key}
    if not type(record)._base_manager.filter(pk=record.pk, versao=read).update(**values):
        raise LostRace(f"{type(record).__name__} {record.pk} is no longer at version {read}.")


def soft_delete(record: Record, *, versao: int | None = None) -> list[Change]:
    if versao is not None and versao != record.versao:
        raise Stale("O registro mudou desde a versão informada em If-Match.")
    record.excluido_em = timezone.now()
    touch(record)
    if _extras_of(record):
        custom.release(record)
    return [Change("excluido_em", None, plain(record.excluido_em))]


def restore(record: Record) -> list[Change]:
    if record.excluido_em is None:
        raise Conflict("O registro não está excluído.", codigo="nao_excluido")
    before, record.excluido_em = plain(record.excluido_em), None
    touch(record)
    if _extras_of(record):
        custom.claim_again(record)
    return [Change("excluido_em", before, None)]


def refuse_duplicate(model: type[Model], *, campo: str, valor: Any, exceto: UUID | None = None, detail: str) -> None:
    """409 with the holder's id. The partial unique constraint decides a race; this gives the better answer."""
    if not valor:
        return
    holder = (
        model._default_manager.filter(**{campo: valor, "excluido_em__isnull": True}).exclude(pk=exceto).values_list("pk", flat=True).first()
    )
    if holder:
        raise Conflict(detail, codigo="duplicado", campo=campo, registro_id=str(holder))
