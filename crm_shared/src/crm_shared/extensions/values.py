"""The values of custom fields inside a record: reading what is sent, keeping it, claiming what is unique, showing it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ErrorDetail, ValidationError

from ..api.restricting import not_writable
from ..auth.fields import EVERYTHING, FieldAccess
from ..errors import Conflict
from ..records.references import cite
from ..records.together import batch
from .columns import ON_MONGO
from .definitions import Definitions
from .kinds import KINDS, Tipo, read_value, typed
from .models import CampoPersonalizado, ValorExtra

PREFIX = "extras."
COLUMNS = ("extras", "extras_indice") if ON_MONGO else ("extras",)
Fields = dict[str, CampoPersonalizado]


def live_fields(recurso: str) -> Fields:
    """The definitions of one kind of record by `chave`."""
    return {chave: campo for chave, campo in _defined(recurso).items() if campo.excluido_em is None}


def _defined(recurso: str) -> Fields:
    """Also the deleted ones. Records written together read them once: no item of theirs changes a definition."""
    together = batch()
    if together and recurso in together.definitions:
        return together.definitions[recurso]
    found = {campo.chave: campo for campo in CampoPersonalizado.objects.filter(recurso=recurso).order_by("id")}
    if together:
        together.definitions[recurso] = found
    return found


def read_extras(recurso: str, sent: Mapping[str, Any], *, partial: bool, new: bool, access: FieldAccess = EVERYTHING) -> dict[str, Any]:
    """What `sent` means as plain values, None for none; a whole record (not `partial`) also gets what it leaves out.

    Raises ValidationError with the errors of each member.
    """
    fields = live_fields(recurso)
    read: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in sent.items():
        try:
            if access.fixes(f"{PREFIX}{name}"):
                raise ValidationError([not_writable()])
            read[name] = _read_one(fields.get(name), value)
        except ValidationError as error:
            errors[str(name)[:60]] = error.detail
    for campo in () if partial else fields.values():
        if campo.chave in sent or (not new and (campo.somente_leitura or access.fixes(f"{PREFIX}{campo.chave}"))):
            continue
        read[campo.chave] = campo.padrao
        if campo.padrao is None and campo.obrigatorio:
            errors[campo.chave] = [ErrorDetail("Este campo é obrigatório.", code="required")]
    if errors:
        raise ValidationError(errors)
    return {name: value for name, value in read.items() if value is not None} if new else read


def _read_one(campo: CampoPersonalizado | None, value: Any) -> Any:
    if campo is None:
        raise ValidationError([ErrorDetail("Campo desconhecido.", code="campo_desconhecido")])
    if campo.somente_leitura:
        raise ValidationError([ErrorDetail("Este campo não pode ser alterado.", code="somente_leitura")])
    if value is None:
        if campo.obrigatorio:
            raise ValidationError([ErrorDetail("Este campo é obrigatório.", code="null")])
        return None
    return read_value(campo, value)


def columns_and_extras(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is sent for columns, and for custom fields: those in `extras`, and those named as changes tell them, which undoing sends."""
    columns = {name: value for name, value in values.items() if name != "extras" and not name.startswith(PREFIX)}
    told = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    return columns, {**values.get("extras", {}), **told}


def differences(record: Any, sent: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name as changes tell it, value before, value after) for each member of `sent` that is another than the record's."""
    present = (record.extras or {}) if sent else {}
    return [(f"{PREFIX}{name}", present.get(name), value) for name, value in sent.items() if present.get(name) != value]


def put(record: Any, changed: Mapping[str, Any]) -> None:
    """Set the values by `chave`, None takes one away; before the record is saved."""
    together = {**(record.extras or {}), **changed}
    record.extras = {name: value for name, value in together.items() if value is not None}
    if ON_MONGO:
        fields = live_fields(record.RECURSO)
        record.extras_indice = {
            name: typed(fields[name], value) for name, value in record.extras.items() if name in fields and fields[name].indexa
        }


def keep_index(record: Any, names: Iterable[str]) -> None:
    """Bring the typed values of the named fields up to date, after the record was saved. Raises Conflict for a double."""
    fields = live_fields(record.RECURSO)
    changed = [fields[name] for name in names if name in fields]
    _cite(changed, record.extras)
    indexed = [campo for campo in changed if campo.indexa and (campo.reserva or not ON_MONGO)]
    if not indexed:
        return
    ValorExtra.objects.filter(registro_id=record.pk, campo__in=[campo.pk for campo in indexed]).delete()
    rows = [row for campo in indexed for row in index_rows(campo, record)]
    _refuse_doubles(indexed, rows, record.pk)
    ValorExtra.objects.bulk_create(rows)


def index_rows(campo: CampoPersonalizado, record: Any) -> list[ValorExtra]:
    """The unsaved rows of one field of one record."""
    value = record.extras.get(campo.chave)
    if value is None:
        return []
    column, values = KINDS[campo.tipo].column, value if isinstance(value, list) else [value]
    claimed = str(value) if campo.reserva and record.excluido_em is None else None
    if ON_MONGO:
        return [ValorExtra(campo=campo, registro_id=record.pk, unico=claimed)]
    return [ValorExtra(campo=campo, registro_id=record.pk, unico=claimed, **{column: typed(campo, item)}) for item in values]


def _cite(fields: Iterable[CampoPersonalizado], extras: Mapping[str, Any]) -> None:
    for campo in fields:
        if campo.tipo == Tipo.REFERENCIA and extras.get(campo.chave):
            cite(campo.alvo, UUID(extras[campo.chave]))


def _refuse_doubles(fields: Sequence[CampoPersonalizado], rows: Iterable[ValorExtra], pk: UUID) -> None:
    """409 with the holder's id. The constraint decides a race; this gives the better answer."""
    names = {campo.pk: campo for campo in fields}
    for row in rows:
        if row.unico is None:
            continue
        holder = ValorExtra.objects.filter(campo_id=row.campo_id, unico=row.unico).exclude(registro_id=pk).first()
        if holder:
            campo = names[row.campo_id]
            detail = f"Já existe um registro com este valor em {campo.rotulo}."
            raise Conflict(detail, codigo="duplicado", campo=f"{PREFIX}{campo.chave}", registro_id=str(holder.registro_id))


def release(record: Any) -> None:
    """A deleted record claims no value."""
    if record.extras:
        ValorExtra.objects.filter(registro_id=record.pk, unico__isnull=False).update(unico=None)


def claim_again(record: Any) -> None:
    if record.extras:
        put(record, {})
        keep_index(record, list(record.extras))


def personal_names(record: Any, changed: Iterable[str]) -> frozenset[str]:
    """Which of the changed fields are personal."""
    extras = [name.removeprefix(PREFIX) for name in changed if name.startswith(PREFIX)]
    names: frozenset[str] = record.PERSONAL_FIELDS
    if extras:
        defined = _defined(record.RECURSO)
        names |= {f"{PREFIX}{chave}" for chave in extras if chave in defined and defined[chave].pessoal}
    return names


def apart(record: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record's values, those of personal fields apart; those of deleted fields are in neither."""
    if not record.extras:
        return {}, {}
    fields = live_fields(record.RECURSO)
    known = {name: value for name, value in record.extras.items() if name in fields}
    public = {name: value for name, value in known.items() if not fields[name].pessoal}
    return public, {name: value for name, value in known.items() if name not in public}


def shower(recurso: str, *, access: FieldAccess, listed: bool) -> Callable[[Any], dict[str, Any]]:
    """How `extras` are shown: in the order of their definitions."""
    definitions = Definitions(f"campos {recurso}", lambda: _defined(recurso))

    def masked(campo: CampoPersonalizado) -> bool:
        return (campo.pessoal and not access.personal) or access.closes(f"{PREFIX}{campo.chave}")

    def seen(campo: CampoPersonalizado) -> bool:
        return campo.excluido_em is None and not (listed and campo.sensivel) and not access.hides(f"{PREFIX}{campo.chave}")

    def show(extras: Any) -> dict[str, Any]:
        if not extras:
            return {}
        shown = {name: (campo, extras[name]) for name, campo in definitions.of(extras).items() if name in extras and seen(campo)}
        return {name: KINDS[campo.tipo].mask(value) if masked(campo) else value for name, (campo, value) in shown.items()}

    return show
