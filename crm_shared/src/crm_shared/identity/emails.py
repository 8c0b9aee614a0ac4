"""E-mail addresses as one comparable form."""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import bounded


def clean_email(raw: object) -> str:
    """Return the address lower-cased in NFC; IdentityError `email_invalido`. No DNS is asked.

    The local part is lower-cased too: no provider in use tells `Ana@` from `ana@`, and people type both.
    """
    return _cleaned(bounded(raw, _invalid))


def _invalid() -> IdentityError:
    return IdentityError("email_invalido", "Informe um e-mail válido.")


_MAX_LENGTH = 254  # RFC 5321
_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=2048)
def _cleaned(text: str) -> str:
    try:
        address = _address(text)
    except EmailNotValidError as refusal:
        raise _invalid() from refusal
    return unicodedata.normalize("NFC", address.lower())


def _address(text: str) -> str:
    """What validate_email makes of it; a plain local part needs no more than its domain, which many addresses share."""
    local, _, domain = text.partition("@")
    if len(text) <= _MAX_LENGTH and _PLAIN_LOCAL.fullmatch(local):
        return f"{local}@{_domain(domain)}"
    return validate_email(text, check_deliverability=False).normalized


@lru_cache(maxsize=1024)
def _domain(text: str) -> str:
    return validate_email(f"a@{text}", check_deliverability=False).domain


def mask_email(email: str) -> str:
    """Hide all of the local part but its first letter: `ana@example.com` is `a***@example.com`."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"
