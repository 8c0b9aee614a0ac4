"""E-mail addresses as one comparable form."""

import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import bounded


def clean_email(raw: object) -> str:
    """Return the address lower-cased in NFC; IdentityError `email_invalido`. No DNS is asked.

    The local part is lower-cased too: no provider in use tells `Ana@` from `ana@`, and people type both.
    """
    return _cleaned(bounded(raw, IdentityError("email_invalido", "Informe um e-mail válido.")))


@lru_cache(maxsize=2048)
def _cleaned(text: str) -> str:
    error = IdentityError("email_invalido", "Informe um e-mail válido.")
    try:
        address = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as refusal:
        raise error from refusal
    return unicodedata.normalize("NFC", address.lower())


def mask_email(email: str) -> str:
    """Hide all of the local part but its first letter: `ana@example.com` is `a***@example.com`."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"
