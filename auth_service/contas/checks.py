"""Configuration mistakes found at start, with an id and a hint."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from .keys import jwks


@register()
def keys_load(**_kwargs: Any) -> list[CheckMessage]:
    try:
        jwks()
    except (ImproperlyConfigured, OSError, ValueError) as error:
        hint = "AUTH_SIGNING_KEY_FILE holds a private P-256 key, AUTH_SIGNING_KEYS_DIR a ring, AUTH_PUBLISHED_KEYS_DIR public ones."
        return [Error(str(error), hint=hint, id="contas.E001")]
    return []
