"""Amounts as Brazilians write them, and the one rounding rule."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import plain

_BRL = re.compile(r"(-?) ?(?:R\$)? ?(-?)([0-9]{1,3}(?:\.[0-9]{3}){1,5}|[0-9]{1,18})(?:,([0-9]{1,10}))?")
_CENT = Decimal("0.01")


def parse_brl(raw: object) -> Decimal:
    """Read `R$ 1.234,56` exactly, without rounding; IdentityError `valor_invalido`.

    The dot only groups thousands, so `1.234` is 1234; `1.23` and `1,234.56` are refused.
    """
    match = _BRL.fullmatch(plain(raw, _invalid))
    if match is None or (match[1] and match[2]):
        raise _invalid()
    sign, whole = match[1] or match[2], match[3].replace(".", "")
    return Decimal(f"{sign}{whole}.{match[4]}" if match[4] else f"{sign}{whole}")


def _invalid() -> IdentityError:
    return IdentityError("valor_invalido", "Informe um valor em reais, como 1.234,56.")


def round_money(amount: Decimal | int) -> Decimal:
    """Round to cents, halves away from zero (Babel and `round` go to the even digit); never `-0.00`."""
    try:
        cents = Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP)
    except InvalidOperation as refusal:
        raise _invalid() from refusal
    if not cents.is_finite():
        raise _invalid()
    return cents + 0
