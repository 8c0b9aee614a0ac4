"""Strict readers of environment variables: a typing mistake stops the start instead of becoming a silent default."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true"}, {"0", "false"}


def env_str(name: str, default: str | None = None) -> str:
    """The value of `name`; without a default a missing or empty variable refuses the start."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example.")
    return default


def env_bool(name: str, default: bool = False) -> bool:
    raw = os.environ.get(name, "").lower()
    if not raw:
        return default
    if raw not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name}={raw!r} is neither 1/true nor 0/false.")
    return raw in _TRUE


def env_int(name: str, default: int) -> int:
    raw = os.environ.get(name, "")
    try:
        return int(raw) if raw else default
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.") from None


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def env_secret(name: str) -> str:
    """A secret from NAME, or from the file that NAME_FILE names (docker secrets). Never has a default."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return env_str(name)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path!r} cannot be read: {error.strerror}.") from None


_TIMEOUTS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"


def postgres_database(name: str) -> dict[str, Any]:
    """Django's DATABASES entry from a URL such as postgres://role:password@host:5432/database?sslmode=require.

    Timeouts in milliseconds keep a slow query, a lock or a forgotten transaction from holding a worker;
    CONN_MAX_AGE stays below pgbouncer's and the server's own limits. join_collapse_limit: a row with the names of its
    seven references costs 5 ms of planning at the default of 8 and 0.5 at 4; we write such joins in the right order.
    """
    url = urlsplit(env_secret(name))
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgres://role:password@host:5432/database.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 2,
            "options": f"{_TIMEOUTS} -c join_collapse_limit=4",
            **dict(parse_qsl(url.query)),
        },
    }


def mongo_database(name: str) -> dict[str, Any]:
    """Django's DATABASES entry from mongodb://user:password@host:27017/database?authSource=admin.

    `timeoutMS` bounds each operation as a whole, from choosing a server to the last byte, so that a store that is down or
    hangs is an error in under 3 s; a value in the URL (a migration that builds a large index) takes the place of ours.
    """
    url = env_secret(name)
    parts = urlsplit(url)
    if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like mongodb://user:password@host:27017/database.")
    limits = {"timeoutMS": 2000, "connectTimeoutMS": 1000, "maxPoolSize": 50}
    given = {option.lower() for option, _value in parse_qsl(parts.query)}
    options = {option: value for option, value in limits.items() if option.lower() not in given}
    return {"ENGINE": "crm_shared.mongo", "HOST": url, "NAME": unquote(parts.path.strip("/")), "OPTIONS": options}
