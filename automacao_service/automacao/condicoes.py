"""Conditions as data, evaluated on an event's values. They are pure: the same values always give the same answer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_shared.identity.search import search_text


def primeira_nao_atendida(condicoes: Sequence[Mapping[str, Any]], valores: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first condition that `valores` does not meet; None when all hold."""
    return next((item for item in condicoes if not atende(item, valores)), None)


def atende(condicao: Mapping[str, Any], valores: Mapping[str, Any]) -> bool:
    return OPERADORES[condicao["operador"]](valores.get(condicao["campo"]), condicao["valor"])


def numero(valor: Any) -> Decimal | None:
    """Numbers, and strings that hold one (money travels as "10.00")."""
    if isinstance(valor, bool) or not isinstance(valor, int | float | str):
        return None
    try:
        lido = Decimal(str(valor))
    except InvalidOperation:
        return None
    return lido if lido.is_finite() else None


def instante(valor: Any) -> datetime | None:
    """ISO instants, and dates as their first moment (UTC)."""
    if not isinstance(valor, str):
        return None
    try:
        lido = datetime.fromisoformat(valor)
    except ValueError:
        return None
    return lido if lido.tzinfo else lido.replace(tzinfo=UTC)


def comparavel(valor: Any) -> bool:
    """Whether `maior` and `menor` can use it."""
    return numero(valor) is not None or instante(valor) is not None


def _igual(atual: Any, valor: Any) -> bool:
    if isinstance(valor, int | float) and not isinstance(valor, bool):
        return numero(atual) == numero(valor)
    return type(atual) is type(valor) and bool(atual == valor)


def _em(atual: Any, valor: Any) -> bool:
    return any(_igual(atual, item) for item in valor)


def _contem(atual: Any, valor: Any) -> bool:
    """A part of a text, whatever its case and accents, or a member of a list."""
    if isinstance(atual, list):
        return _em(valor, atual)
    return isinstance(atual, str) and search_text(str(valor)).strip() in search_text(atual)


def _existe(atual: Any, valor: Any) -> bool:
    return (atual not in (None, "", [])) is bool(valor)


def _ordem(atual: Any, valor: Any) -> int | None:
    """-1, 0 or 1 as `atual` is below, equal to or above `valor`; None when they are not of one kind."""
    for ler in (numero, instante):
        lido: Any = ler(atual)
        limite: Any = ler(valor)
        if lido is not None and limite is not None:
            return int(lido > limite) - int(lido < limite)
    return None


OPERADORES: dict[str, Callable[[Any, Any], bool]] = {
    "igual": _igual,
    "diferente": lambda atual, valor: not _igual(atual, valor),
    "em": _em,
    "contem": _contem,
    "existe": _existe,
    "maior": lambda atual, valor: _ordem(atual, valor) == 1,
    "menor": lambda atual, valor: _ordem(atual, valor) == -1,
}
