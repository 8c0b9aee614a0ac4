"""CNPJ (numeric and, since July 2026, alphanumeric: IN RFB 2.229/2024) and CPF.

Both are stored bare: 14 upper-case characters and 11 digits. A mask is accepted in whole or in part, in its place only.
validate-docbr checks the digits; by itself it also takes Arabic-Indic digits, so the ASCII shape is checked first.
"""

import re
from collections.abc import Callable

from validate_docbr import CNPJ, CPF

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import plain

# Lower case is spelled out: with re.IGNORECASE, U+017F would pass for an S.
_CHAR = "[0-9A-Za-z]"
_CNPJ = re.compile(rf"({_CHAR}{{2}}) ?\.? ?({_CHAR}{{3}}) ?\.? ?({_CHAR}{{3}}) ?/? ?({_CHAR}{{4}}) ?-? ?([0-9]{{2}})")
_CPF = re.compile(r"([0-9]{3}) ?\.? ?([0-9]{3}) ?\.? ?([0-9]{3}) ?-? ?([0-9]{2})")
_CNPJ_CHECK = CNPJ()
_CPF_CHECK = CPF()


def clean_cnpj(raw: object) -> str:
    """Return the 14 bare upper-case characters; IdentityError `cnpj_invalido`."""
    cnpj = _unmasked(_CNPJ, raw, _invalid_cnpj).upper()
    if not _CNPJ_CHECK.validate(cnpj):
        raise _invalid_cnpj()
    return cnpj


def format_cnpj(cnpj: str) -> str:
    """Mask a clean CNPJ: `12ABC34501DE35` is `12.ABC.345/01DE-35`."""
    return f"{cnpj[:2]}.{cnpj[2:5]}.{cnpj[5:8]}/{cnpj[8:12]}-{cnpj[12:]}"


def cnpj_root(cnpj: str) -> str:
    """Return the 8 characters that head office and branches share. They do not tell which is which: ask RFB."""
    return cnpj[:8]


def clean_cpf(raw: object) -> str:
    """Return the 11 bare digits; IdentityError `cpf_invalido`."""
    cpf = _unmasked(_CPF, raw, _invalid_cpf)
    if not _CPF_CHECK.validate(cpf):
        raise _invalid_cpf()
    return cpf


def format_cpf(cpf: str) -> str:
    """Mask a clean CPF: `52998224725` is `529.982.247-25`."""
    return f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"


def mask_cpf(cpf: str) -> str:
    """Hide the ends of a clean CPF, as public bodies do; anything else is hidden whole."""
    return f"***.{cpf[3:6]}.{cpf[6:9]}-**" if len(cpf) == 11 else "***"


def _invalid_cnpj() -> IdentityError:
    return IdentityError("cnpj_invalido", "Informe um CNPJ válido: 14 caracteres, com ou sem máscara.")


def _invalid_cpf() -> IdentityError:
    return IdentityError("cpf_invalido", "Informe um CPF válido: 11 dígitos, com ou sem máscara.")


def _unmasked(mask: re.Pattern[str], raw: object, refusal: Callable[[], IdentityError]) -> str:
    match = mask.fullmatch(plain(raw, refusal))
    if match is None:
        raise refusal()
    return "".join(match.groups())
