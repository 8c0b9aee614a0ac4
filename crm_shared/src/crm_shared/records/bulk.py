"""The steps of `changes` for many records at once: as many statements for five hundred as for one."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone

from ..auth.principal import Principal
from ..bulk_insert import insert_all
from ..db import require_atomic, update_each
from ..events.log import Change, plain
from ..extensions import values as custom
from ..extensions.many import keep_index_of_all
from .models import Record, Searchable
from .ownership import with_owner

R = TypeVar("R", bound=Record)


def save_all_new(records: Sequence[R]) -> Sequence[R]:
    require_atomic("save_all_new")
    for record in records:
        if isinstance(record, Searchable):
            record.refresh_search_text()
    extended = [(record, list(extras)) for record in records if (extras := getattr(record, "extras", None))]
    for record, _ in extended:
        custom.put(record, {})
    insert_all(records)
    keep_index_of_all(extended)
    return records


def change_all(pairs: Iterable[tuple[R, dict[str, Any]]]) -> list[tuple[R, list[Change]]]:
    """`changes.change` on each locked record; answers those that it changed, with what changed."""
    require_atomic("change_all")
    changed: list[tuple[R, list[Change]]] = []
    extended: list[tuple[R, list[str]]] = []
    names: set[str] = set()
    for record, values in pairs:
        found = differences(record, values)
        if found:
            extras = {item.campo.removeprefix(custom.PREFIX): item.para for item in found if item.campo.startswith(custom.PREFIX)}
            columns = [item.campo for item in found if not item.campo.startswith(custom.PREFIX)]
            for name in columns:
                setattr(record, name, values[name])
            if extras:
                custom.put(record, extras)
                extended.append((record, list(extras)))
            next_version(record)
            names |= {*columns, *(custom.COLUMNS if extras else ())}
            changed.append((record, found))
    if changed:
        _write([record for record, _ in changed], names)
        keep_index_of_all(extended)
    return changed


def delete_all(records: Sequence[R]) -> list[tuple[R, list[Change]]]:
    """Soft-delete the locked records."""
    require_atomic("delete_all")
    now = timezone.now()
    return change_all([(record, {"excluido_em": now}) for record in records])


def differences(record: Record, values: dict[str, Any]) -> list[Change]:
    columns, sent = custom.columns_and_extras(values)
    found = [Change(name, plain(getattr(record, name)), plain(value)) for name, value in columns.items() if getattr(record, name) != value]
    return found + [Change(*item) for item in custom.differences(record, sent)]


def next_version(record: Record) -> None:
    record.versao += 1
    record.atualizado_em = timezone.now()
    if isinstance(record, Searchable):
        record.refresh_search_text()


def _write(records: Sequence[Record], names: set[str]) -> None:
    """The columns that changed in any of them; each was locked, so that its other columns are as they were read."""
    model: Any = type(records[0])
    columns = {model._meta.get_field(name).name for name in names} | {"versao", "atualizado_em"}
    if issubclass(model, Searchable):
        columns.add("busca_texto")
    update_each(records, sorted(columns))


class Owners:
    """`with_owner` for many new records: one look-up for each different owner."""

    def __init__(self, ator: Principal, recurso: str) -> None:
        self.ator, self.recurso = ator, recurso
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def of_new(self, dados: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {name: dados[name] for name in ("responsavel_id", "equipe_id") if name in dados}
        key = tuple(sorted(given.items()))
        if key not in self._known:
            self._known[key] = with_owner(self.ator, given, recurso=self.recurso, creating=True)
        return {**dados, **self._known[key]}

    def of_changed(self, dados: dict[str, Any], present: UUID | None) -> dict[str, Any]:
        return with_owner(self.ator, dados, recurso=self.recurso, present=present)
