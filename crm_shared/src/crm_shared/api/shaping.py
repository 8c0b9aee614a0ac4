"""What a request asks of each record: `campos=` only these fields, `expandir=` these related records inside it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from .expansion import Expansion
from .rows import row_names


@dataclass(frozen=True)
class Shape:
    """`only` is None for all fields; `expanded` maps the names asked for to how they are found."""

    only: frozenset[str] | None
    expanded: dict[str, Expansion]

    @classmethod
    def of_list(cls, view: Any, serializer_class: Any) -> "Shape":
        return cls._read(view, row_names, serializer_class)

    @classmethod
    def of_detail(cls, view: Any, serializer_class: Any) -> "Shape":
        return cls._read(view, detail_names, serializer_class)

    @classmethod
    def _read(cls, view: Any, names_of: Callable[[Any], Iterable[str]], serializer_class: Any) -> "Shape":
        only = _names(view.request, "campos", lambda: [name for name in names_of(serializer_class) if not view.access.hides(name)])
        expanded = _names(view.request, "expandir", lambda: view.expansions) or []
        return cls(None if only is None else frozenset(only), {name: view.expansions[name] for name in expanded})

    @property
    def whole(self) -> bool:
        return self.only is None and not self.expanded

    @property
    def columns(self) -> list[str]:
        """What `.values()` has to read for the related records, whatever the fields are."""
        return [item.path for item in self.expanded.values()]

    def fits_rows(self, serializer_class: Any) -> bool:
        """Whether a list's row holds all that is asked for, so that a detail need not be read whole."""
        return self.only is not None and self.only <= set(row_names(serializer_class))

    def expand(self, view: Any, rows: list[dict[str, Any]], shown: list[dict[str, Any]]) -> None:
        """Put the related records of `rows`, which hold `columns`, into what is `shown` of them: a query per kind at most."""
        for name, found in _found(view, self.expanded, rows).items():
            path = self.expanded[name].path
            for row, line in zip(rows, shown, strict=True):
                line[name] = found.get(row[path])


@cache
def detail_names(serializer_class: Any) -> list[str]:
    return [name for name, field in serializer_class().fields.items() if not field.write_only]


def pruned(serializer: Any, only: frozenset[str] | None) -> Any:
    """The serializer with no fields but `only`."""
    if only is not None:
        for name in set(serializer.fields) - only:
            serializer.fields.pop(name)
    return serializer


def _found(view: Any, expanded: dict[str, Expansion], rows: list[dict[str, Any]]) -> dict[str, dict[Any, Any]]:
    """By name, the related records by id; names that read the same way share one query."""
    kinds: dict[Any, dict[str, set[Any]]] = {}
    for name, item in expanded.items():
        kinds.setdefault(item.kind, {})[name] = {row[item.path] for row in rows} - {None}
    found: dict[str, dict[Any, Any]] = {}
    for named in kinds.values():
        ids = set().union(*named.values())
        loaded = expanded[next(iter(named))].load(view, ids)
        found |= dict.fromkeys(named, loaded)
    return found


def _names(request: Any, parameter: str, known: Callable[[], Iterable[str]]) -> list[str] | None:
    """The names that a comma-separated parameter lists; None when it is not there."""
    values: list[str] = request.query_params.getlist(parameter)
    if not values:
        return None
    if len(values) > 1:
        raise _refused(parameter, "Parâmetro repetido.", "parametro_repetido")
    wanted, allowed = values[0].split(","), list(known())
    if unknown := [name for name in wanted if name not in allowed]:
        told = f"Não há {unknown[0][:40]!r} aqui. " if unknown[0].isprintable() and unknown[0] else ""
        raise _refused(parameter, f"{told}Use: {', '.join(allowed) or 'nenhum'}.", "opcao_invalida")
    return wanted


def _refused(parameter: str, message: str, code: str) -> ValidationError:
    return ValidationError({parameter: [ErrorDetail(message, code=code)]})
