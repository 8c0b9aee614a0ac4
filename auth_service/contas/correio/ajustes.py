"""Django's mail settings from EMAIL_URL, for settings.py: SMTP, one of Anymail's providers, or files for development."""

import os
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from crm_shared.env import env_secret, refuse

_FORMS = "smtp://usuario:senha@servidor:587, smtps://...:465, anymail://mailgun?api_key=...&sender_domain=... nem file:///pasta"
_TIMEOUT = 10  # seconds


def mail_settings(name: str) -> dict[str, Any]:
    """Without a value there is no mail: MAIL_ENABLED is False. Anything that is not understood stops the start."""
    value = env_secret(name) if os.environ.get(name) or os.environ.get(f"{name}_FILE") else ""
    found = _backend(value) if value else {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if found is None:
        refuse(name, f"não tem a forma {_FORMS}")
    return {"MAIL_ENABLED": bool(value and found), "EMAIL_TIMEOUT": _TIMEOUT, **(found or {})}


def _backend(value: str) -> dict[str, Any] | None:
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        return None
    if url.scheme == "file" and url.path.strip("/"):
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(url.path)}
    if url.scheme == "anymail" and url.hostname and url.hostname.isidentifier() and find_spec(f"anymail.backends.{url.hostname}"):
        # https://anymail.dev names the settings of each provider: MAILGUN_API_KEY is `api_key` here
        options = {f"{url.hostname}_{option}".upper(): text for option, text in parse_qsl(url.query)}
        return {"EMAIL_BACKEND": f"anymail.backends.{url.hostname}.EmailBackend", "ANYMAIL": options} if options else None
    return _smtp(url, port) if url.scheme in ("smtp", "smtps") and url.hostname else None


def _smtp(url: SplitResult, port: int | None) -> dict[str, Any]:
    """smtp:// takes STARTTLS where it carries a password, which never travels in clear; smtps:// is TLS from the start."""
    tls = url.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port or (465 if tls else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": not tls and bool(url.password),
    }
