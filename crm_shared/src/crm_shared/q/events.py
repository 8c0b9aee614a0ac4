"""Expressions about events: `valor:>1000 -ator:"svc:automacao"`, asked of an event's own values."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import cache, lru_cache
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from ..events.contracts import CONTRACTS
from ..events.contracts.base import is_personal
from .errors import QError
from .fields import Field, field_of_kind
from .parser import Node, parse
from .plain import matches

_ENVELOPE = {"ator": field_of_kind("ator", "texto"), "registro_id": field_of_kind("registro_id", "uuid")}
_TAGS, _TAG = "marcadores", "marcador"  # as lists call it: one of them
_KINDS: dict[Any, str] = {str: "texto", int: "inteiro", float: "numero", bool: "booleano"}


@cache
def event_fields(tipo: str) -> dict[str, Field]:
    """What an expression may name of an event: the fields of its contract that hold one value, `ator` and `registro_id`.

    Raises KeyError for an event that does not exist.
    """
    hints = get_type_hints(CONTRACTS[tipo], include_extras=True)
    kinds = {item.name: _kind(item.name, hints[item.name]) for item in fields(CONTRACTS[tipo])}
    tags = {_TAG: replace(field_of_kind(_TAG, "texto"), many=True)} if _TAGS in kinds else {}
    return {**{name: field_of_kind(name, kind) for name, kind in kinds.items() if kind}, **tags, **_ENVELOPE}


@cache
def personal_fields(tipo: str) -> frozenset[str]:
    return frozenset(item.name for item in fields(CONTRACTS[tipo]) if is_personal(item))


def parse_for_events(source: str, tipos: list[str]) -> Node:
    """The tree of `source`, every name of which each of `tipos` must know, as one kind. Raises QError."""
    trees = [_tree(source, tipo) for tipo in tipos]
    if any(tree != trees[0] for tree in trees):
        raise QError("q_campo", "Um campo não é do mesmo tipo em todos estes eventos: separe as assinaturas.", 0)
    return trees[0]


@lru_cache(maxsize=1024)
def _tree(source: str, tipo: str) -> Node:
    try:
        return parse(source, event_fields(tipo), searchable=False)
    except QError as error:
        message = error.mensagem.replace("não existe aqui", f"não existe em {tipo}").replace("Esta lista", "Um filtro de eventos")
        raise QError(error.codigo, message, error.posicao) from None


def event_row(*, dados: Mapping[str, Any], pessoais: Mapping[str, Any], ator: str, registro_id: UUID | str) -> dict[str, Any]:
    """An event's values as `first_unmet` and `meets` take them."""
    return {**dados, **pessoais, _TAG: dados.get(_TAGS), "ator": ator, "registro_id": str(registro_id)}


def meets(source: str, tipo: str, row: Mapping[str, Any], now: datetime) -> bool:
    return first_unmet(source, tipo, row, now) is None


def first_unmet(source: str, tipo: str, row: Mapping[str, Any], now: datetime) -> Node | None:
    """The first of the expression's parts, all of which must hold, that `row` does not meet. Raises QError, as parsing does."""
    tree = _tree(source, tipo)
    known = event_fields(tipo)
    return next((part for part in tree.get("e", [tree]) if not _holds(part, known, row, now)), None)


def _holds(part: Node, known: Mapping[str, Field], row: Mapping[str, Any], now: datetime) -> bool:
    """A value that is not of its field's kind (an event of another release) meets nothing."""
    try:
        return matches(part, known, row, now=now)
    except (ValueError, TypeError, ArithmeticError):
        return False


def names_in(node: Node) -> set[str]:
    """The fields that a tree asks about."""
    ((key, value), *_) = node.items()
    if key in ("e", "ou"):
        return {name for item in value for name in names_in(item)}
    return names_in(value) if key == "nao" else {value} if key == "campo" else set()


def _kind(name: str, hint: Any) -> str:
    """Empty for lists and objects, which have no single value."""
    present = [option for option in get_args(hint) if option is not NoneType] if NoneType in get_args(hint) else [hint]
    marks = getattr(present[0], "__metadata__", None)
    if marks:
        return str(marks[0])
    return "uuid" if name.endswith("_id") else _KINDS.get(present[0], "")
