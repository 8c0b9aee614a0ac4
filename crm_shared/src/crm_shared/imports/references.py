"""Cells that name another record as people do, by its name, where the field holds an id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from ..auth.principal import Principal
from ..identity.search import search_text
from ..records.references import EQUIPE, USUARIO, Referencia

# (text of the cell, what the row says so far) each -> the ids that it may mean, in the same order
Resolve = Callable[[Principal, Sequence[tuple[str, dict[str, Any]]]], Sequence[Sequence[UUID]]]


def by_name(rows: Callable[[], Iterable[tuple[UUID, str]]]) -> Resolve:
    """Of records of which there are few: by their names, without regard to case and accents."""

    def resolve(_ator: Principal, asked: Sequence[tuple[str, dict[str, Any]]]) -> Sequence[Sequence[UUID]]:
        known: dict[str, list[UUID]] = {}
        for pk, nome in rows():
            known.setdefault(search_text(nome), []).append(pk)
        return [known.get(search_text(text), []) for text, _ in asked]

    return resolve


def by_exact_name(recurso: str) -> Resolve:
    """Of another service's records, of which there may be a million: by the name as it is there."""

    def resolve(_ator: Principal, asked: Sequence[tuple[str, dict[str, Any]]]) -> Sequence[Sequence[UUID]]:
        known: dict[str, list[UUID]] = {}
        rows = Referencia.objects.filter(recurso=recurso, nome__in={text for text, _ in asked}, estado=Referencia.Estado.OK)
        for pk, nome in rows.values_list("pk", "nome"):
            known.setdefault(nome, []).append(pk)
        return [known.get(text, []) for text, _ in asked]

    return resolve


def _cited(recurso: str) -> Callable[[], Iterable[tuple[UUID, str]]]:
    return lambda: Referencia.objects.filter(recurso=recurso, estado=Referencia.Estado.OK).values_list("pk", "nome")


OWNERS: Mapping[str, Resolve] = {"responsavel_id": by_name(_cited(USUARIO)), "equipe_id": by_name(_cited(EQUIPE))}
