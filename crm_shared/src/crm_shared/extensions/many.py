"""Custom fields of many records written at once: as many statements for five hundred as for one."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from ..bulk_insert import insert_all
from ..errors import Conflict
from ..records.references import cite
from .columns import ON_MONGO
from .kinds import Tipo
from .models import CampoPersonalizado, ValorExtra
from .values import PREFIX, index_rows, live_fields


def keep_index_of_all(changed: Sequence[tuple[Any, Iterable[str]]]) -> None:
    """`values.keep_index` for (saved record, names of its changed fields) each, of one kind of record. Raises Conflict for a double."""
    if not changed:
        return
    fields = live_fields(changed[0][0].RECURSO)
    named = [fields[name] for name in dict.fromkeys(name for _, names in changed for name in names) if name in fields]
    records = [record for record, _ in changed]
    for campo in named:
        if campo.tipo == Tipo.REFERENCIA:
            cite(campo.alvo, *dict.fromkeys(UUID(text) for record in records if (text := record.extras.get(campo.chave))))
    indexed = [campo for campo in named if campo.indexa and (campo.reserva or not ON_MONGO)]
    if not indexed:
        return
    # what a record has of the other named fields is written again as it is
    ValorExtra.objects.filter(registro_id__in=[record.pk for record in records], campo__in=[campo.pk for campo in indexed]).delete()
    rows = [row for record in records for campo in indexed for row in index_rows(campo, record)]
    _refuse_doubles({campo.pk: campo for campo in indexed}, [row for row in rows if row.unico is not None])
    insert_all(rows)


def _refuse_doubles(fields: dict[Any, CampoPersonalizado], claims: Sequence[ValorExtra]) -> None:
    """409 with the holder's id; the records' own rows are gone by now."""
    if not claims:
        return
    wanted = {(row.campo_id, row.unico) for row in claims}
    held = ValorExtra.objects.filter(campo__in={pk for pk, _ in wanted}, unico__in={text for _, text in wanted})
    for campo_id, text, holder in held.values_list("campo_id", "unico", "registro_id"):
        if (campo_id, text) in wanted:
            campo = fields[campo_id]
            detail = f"Já existe um registro com este valor em {campo.rotulo}."
            raise Conflict(detail, codigo="duplicado", campo=f"{PREFIX}{campo.chave}", registro_id=str(holder))
