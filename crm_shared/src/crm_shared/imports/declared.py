"""What a service declares so that a resource of its can be imported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from ..api.viewsets import RecordServices
from ..auth.principal import Principal
from ..records.models import Record
from .references import OWNERS, Resolve


@dataclass(frozen=True)
class BulkServices:
    """Service functions over many records, keyword-only, inside the caller's transaction; each records its events.

    create(ator, linhas: [dados]) -> [record]; update(ator, pares: [(locked record, dados)]).
    """

    create: Callable[..., Sequence[Record]]
    update: Callable[..., None]


def as_it_is(ator: Principal, dados: dict[str, Any], record: Record | None) -> dict[str, Any]:
    return dados


@dataclass(frozen=True)
class Key:
    """A natural key: `of` is what a valid row has of it, comparable as stored ("" for none).

    `find(rows, values)` answers value -> ids among `rows`, in one statement. `suggested`: is chosen when the file has its column,
    which what may repeat (a title) must not be.
    """

    of: Callable[[dict[str, Any]], str]
    find: Callable[[QuerySet[Any], set[str]], Mapping[str, list[UUID]]]
    suggested: bool = True


def column_key(name: str, *, suggested: bool = True) -> Key:
    """A column whose stored value is the key."""

    def find(rows: QuerySet[Any], values: set[str]) -> dict[str, list[UUID]]:
        found: dict[str, list[UUID]] = {}
        # said again, for a unique index leaves out what is empty, and PostgreSQL does not see that long lists have no such value
        held = rows.filter(**{f"{name}__in": list(values)}).exclude(**{name: ""})
        for value, pk in held.values_list(name, "pk"):
            found.setdefault(str(value), []).append(pk)
        return found

    return Key(lambda dados: str(dados.get(name) or ""), find, suggested)


@dataclass(frozen=True)
class Importable:
    """`serializer` validates a row as it does a body. `keys` are what rows may be matched by, the surest first; those of `unique`
    no two records may share, whatever rows are matched by.

    `prepare(ator, dados, record)` gives a row what the single service function would, or raises its DomainError; it asks no store.
    `only_new` are fields that rows bring to a new record and that an update leaves alone: its parts, of which it may have several.
    `headers`: field -> further names of its column; `words`: field -> further words for its choices.
    `single` undoes, one record at a time, as people would; without `bulk` it writes as well, which takes longer.
    `references`: field -> how a cell is read that names what the field cites; in order, later ones may look at the earlier.
    """

    recurso: str
    colecao: str  # its path, as `clientes/leads`
    model: type[Record]
    serializer: Any
    single: RecordServices
    keys: Mapping[str, Key]
    bulk: BulkServices | None = None
    unique: Sequence[str] = ()
    only_new: Sequence[str] = ()
    prepare: Callable[[Principal, dict[str, Any], Record | None], dict[str, Any]] = as_it_is
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    references: Mapping[str, Resolve] = field(default_factory=lambda: OWNERS)


def importables() -> dict[str, Importable]:
    """Of this service, by recurso (settings.IMPORTABLES)."""
    path = getattr(settings, "IMPORTABLES", "")
    found: dict[str, Importable] = import_string(path) if path else {}
    return found
