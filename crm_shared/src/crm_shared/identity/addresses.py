"""CEP and the federative units."""

import re

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import plain

# The lowest CEP in use is 01000-000 (São Paulo): what starts with 00 is filler.
_CEP = re.compile(r"(?!00)([0-9]{2})\.?([0-9]{3}) ?-? ?([0-9]{3})")

UFS: dict[str, str] = {
    "AC": "Acre",
    "AL": "Alagoas",
    "AP": "Amapá",
    "AM": "Amazonas",
    "BA": "Bahia",
    "CE": "Ceará",
    "DF": "Distrito Federal",
    "ES": "Espírito Santo",
    "GO": "Goiás",
    "MA": "Maranhão",
    "MT": "Mato Grosso",
    "MS": "Mato Grosso do Sul",
    "MG": "Minas Gerais",
    "PA": "Pará",
    "PB": "Paraíba",
    "PR": "Paraná",
    "PE": "Pernambuco",
    "PI": "Piauí",
    "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte",
    "RS": "Rio Grande do Sul",
    "RO": "Rondônia",
    "RR": "Roraima",
    "SC": "Santa Catarina",
    "SP": "São Paulo",
    "SE": "Sergipe",
    "TO": "Tocantins",
}


def clean_cep(raw: object) -> str:
    """Return the 8 digits as text (the leading zero counts); IdentityError `cep_invalido`."""
    match = _CEP.fullmatch(plain(raw, _invalid))
    if match is None:
        raise _invalid()
    return "".join(match.groups())


def _invalid() -> IdentityError:
    return IdentityError("cep_invalido", "Informe um CEP válido: 8 dígitos, com ou sem hífen.")


def format_cep(cep: str) -> str:
    """Mask a clean CEP: `01001000` is `01001-000`."""
    return f"{cep[:5]}-{cep[5:]}"
