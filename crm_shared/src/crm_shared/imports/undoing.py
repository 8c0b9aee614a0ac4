"""Giving back what one row of an import wrote, unless somebody has changed it since."""

from typing import Any

from ..auth.visibility import visiveis
from ..events.log import changed_since
from ..extensions.values import PREFIX
from ..operations.models import ItemOperacao, Operacao
from ..records.models import OwnedRecord, Record
from .declared import Importable

DONE, GONE, CHANGED = "sim", "registro_ausente", "mudou_depois"


def undo_line(operacao: Operacao, item: ItemOperacao, importable: Importable) -> str:
    """A new record is deleted, a changed one gets back the values that it had; those that somebody changed since stay."""
    found: Any = item.registro_id
    rows: Any = importable.model.objects.filter(pk=found, excluido_em__isnull=True)
    if issubclass(importable.model, OwnedRecord):
        rows = visiveis(rows, operacao.ator, "editar", importable.recurso)
    record: Record | None = rows.first()
    if record is None:
        return GONE
    later = set(changed_since(record, item.versao or 0) or ()) if record.versao != item.versao else set()
    if item.status == 201:
        return CHANGED if record.versao != item.versao else _deleted(operacao, record, importable)
    assert item.antes is not None
    mine = {name: de for name, (de, _para) in item.antes.items() if name not in later}
    if not mine:
        return CHANGED
    serializer = importable.serializer()
    values = {name: _value(serializer, name, de) for name, de in mine.items()}
    importable.single.update(ator=operacao.ator, pk=record.pk, dados=values)
    return DONE if len(mine) == len(item.antes) else "em_parte"


def _deleted(operacao: Operacao, record: Record, importable: Importable) -> str:
    importable.single.delete(ator=operacao.ator, pk=record.pk)
    return DONE


def _value(serializer: Any, name: str, plain: Any) -> Any:
    """A value of an event's kind as the column takes it; what is no field of the API follows from others (a derived name)."""
    if plain is None or name.startswith(PREFIX):
        return plain  # custom fields keep plain values
    return serializer.Meta.model._meta.get_field(name).to_python(plain)
