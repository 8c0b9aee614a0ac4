"""Phones to E.164, with the Brazilian rules that libphonenumber lacks (tests hold an example of each).

An old 8-digit mobile gets its ninth digit; a number without DDD is refused, where libphonenumber reads `32519999` as DDD 32;
`ramal` goes to its own field; `0 XX 11` is a carrier's place; `55` is a DDD or the country code, by length.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import plain

DDDS = frozenset(
    str(ddd)
    for ddd in (
        *(*range(11, 20), 21, 22, 24, 27, 28),
        *(*range(31, 36), 37, 38, *range(41, 50), 51, 53, 54, 55),
        *(*range(61, 70), 71, 73, 74, 75, 77, 79, *range(81, 90), *range(91, 100)),
    )
)


class PhoneKind(StrEnum):
    MOVEL = "movel"
    FIXO = "fixo"
    FIXO_OU_MOVEL = "fixo_ou_movel"
    GRATUITO = "gratuito"
    CUSTO_COMPARTILHADO = "custo_compartilhado"
    TARIFADO = "tarifado"
    OUTRO = "outro"


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` identifies; `equivalence` compares; `extension` is the ramal, or ""; `original` is what was typed.

    The equivalence of a Brazilian mobile is DDI + DDD + last 8 digits, equal with and without the ninth digit. It has no
    plus sign: `+5511932519999` (mobile) would otherwise equal `+551132519999` (landline). Any other phone's is its E.164.
    """

    e164: str
    equivalence: str
    kind: PhoneKind
    extension: str
    original: str

    def __str__(self) -> str:
        return self.e164


_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOVEL,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXO,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXO_OU_MOVEL,
    PhoneNumberType.TOLL_FREE: PhoneKind.GRATUITO,
    PhoneNumberType.SHARED_COST: PhoneKind.CUSTO_COMPARTILHADO,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.TARIFADO,
}
_SERVICE_KINDS = {PhoneKind.GRATUITO, PhoneKind.CUSTO_COMPARTILHADO, PhoneKind.TARIFADO}

_CARRIER = re.compile(r"(\(?\+?(?:55)?[ (]*)0?[ -]?xx", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"(?:ramal|ram|rml|r|ext|x|#)[.:= ]*([0-9]{1,6})\)?\Z", re.IGNORECASE | re.ASCII)
# No slash: it joins two numbers, whose digits must not run together into a third.
_NUMBER = re.compile(r"\(?(\+?)([0-9 ().-]+)")
_MARKS = str.maketrans("", "", " ().-")
# Read as digits only, `(01) 98765-4321` would be 0 19 8765-4321.
_ZERO_DDD = re.compile(r"\( ?0[0-9] ?\)")


def clean_phone(raw: object, *, default_ddd: str | None = None) -> Phone:
    """Return the Phone; IdentityError `telefone_invalido`, `telefone_sem_ddd` or `ddd_invalido`.

    `default_ddd` completes a number of 8 or 9 digits, which is refused without it.
    """
    return _cleaned(plain(raw, _invalid), default_ddd)


# one record's phone is read several times while it is written: to check it, to compare it, to find it
@lru_cache(maxsize=2048)
def _cleaned(original: str, default_ddd: str | None) -> Phone:
    body, extension = original, ""
    match = _NUMBER.fullmatch(body)
    if match is None:  # the words that may stand in it are looked for only where there are any
        body, extension = _split_extension(_CARRIER.sub(r"\1", original, count=1))
        match = _NUMBER.fullmatch(body)
    if match is None:
        raise _invalid()
    if _ZERO_DDD.search(body):
        raise _unknown_ddd()
    digits = match[2].translate(_MARKS)
    if match[1] and not digits.startswith("55"):
        return _as_typed(_phone(_parsed(f"+{digits}")), extension, original)
    national, prefixed = _national(digits, bool(match[1]))
    if not _is_service(national, prefixed):
        national = _with_ninth_digit(_with_ddd(national, default_ddd))
    return _as_typed(_brazilian(national), extension, original)


def phone_search_forms(phone: Phone) -> tuple[str, ...]:
    """Return digit strings that contain every way to type this phone; pass them to `search_text`."""
    full = phone.e164.removeprefix("+")
    if phone.kind in _SERVICE_KINDS and full.startswith("55"):
        return full, f"0{full.removeprefix('55')}"
    short = phone.equivalence.removeprefix("+")
    return (full,) if short == full else (full, short)


def mask_phone(e164: str) -> str:
    """Hide all but the country's start and the last four digits: `+55*******4321`."""
    return f"{e164[:3]}{'*' * (len(e164) - 7)}{e164[-4:]}" if len(e164) > 8 else "***"


def _invalid() -> IdentityError:
    return IdentityError("telefone_invalido", "Informe um telefone válido, com DDD.")


def _unknown_ddd() -> IdentityError:
    return IdentityError("ddd_invalido", "Informe um DDD que existe.")


def _split_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    return (text[: match.start()].rstrip(" ,;(-"), match[1]) if match else (text, "")


def _national(digits: str, international: bool) -> tuple[str, bool]:
    """Return the number without country, trunk and carrier codes, and whether any of them stood there."""
    if digits.startswith("0055"):
        digits, international = digits[2:], True
    # 11 digits that start with 55 are DDD 55; from 12 on it is the country.
    if international or (digits.startswith("55") and len(digits) >= 12):
        digits, international = digits[2:], True
    if not digits.startswith("0"):
        return digits, international
    digits = digits[1:]
    return (digits[2:] if len(digits) in (12, 13) else digits), True


def _is_service(national: str, prefixed: bool) -> bool:
    """0800, 0300, 4004...: numbers of the whole country, which have no DDD."""
    # 900123456 is 0900 123 456 only if someone dialled a prefix: else a mobile that lacks its DDD. None of them has 11 digits.
    if national.startswith("0") or len(national) == 11 or (len(national) == 9 and not prefixed):
        return False
    number = PhoneNumber(country_code=55, national_number=int(national or 0))
    return _KINDS.get(phonenumbers.number_type(number)) in _SERVICE_KINDS


def _with_ddd(national: str, default_ddd: str | None) -> str:
    if len(national) in (8, 9):
        if default_ddd is None:
            raise IdentityError("telefone_sem_ddd", "Informe o telefone com DDD.")
        national = default_ddd + national
    if len(national) not in (10, 11):
        raise _invalid()
    if national[:2] not in DDDS:
        raise _unknown_ddd()
    return national


def _with_ninth_digit(national: str) -> str:
    is_old_mobile = len(national) == 10 and national[2] in "6789"
    return f"{national[:2]}9{national[2:]}" if is_old_mobile else national


@lru_cache(maxsize=2048)  # its E.164 is read after what was typed, and is the same number
def _brazilian(national: str) -> Phone:
    return _phone(PhoneNumber(country_code=55, national_number=int(national)))


def _parsed(e164: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException as refusal:
        raise _invalid() from refusal


def _phone(number: PhoneNumber) -> Phone:
    found = phonenumbers.number_type(number)
    if found == PhoneNumberType.UNKNOWN:  # which is what is_valid_number asks, too
        raise _invalid()
    kind = _KINDS.get(found, PhoneKind.OUTRO)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    is_brazilian_mobile = number.country_code == 55 and kind == PhoneKind.MOVEL
    equivalence = f"{e164[1:5]}{e164[-8:]}" if is_brazilian_mobile else e164
    return Phone(e164, equivalence, kind, "", "")


def _as_typed(phone: Phone, extension: str, original: str) -> Phone:
    return Phone(phone.e164, phone.equivalence, phone.kind, extension, original)
