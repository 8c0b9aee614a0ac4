"""Strict readers of environment variables, for settings modules: a typing mistake stops the start instead of becoming a silent default.

A reader that meets something missing, nonsensical or a placeholder notes it and gives back a harmless value. The last line
of every settings module, `refuse_bad_environment(SERVICE)`, then ends the process with all of it in one line.
"""

import os
import re
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from . import sentinel

_TRUE, _FALSE = {"1", "true"}, {"0", "false"}

# gunicorn ends when a worker ends with 3, and starts it again, for ever, with any other code
EXIT_CODE = 3
SHORTEST_KEY, SHORTEST_PASSWORD, FEWEST_DIFFERENT = 32, 12, 6
_PLACEHOLDERS = ("changeme", "change-me", "troque", "insecure", "secret", "senha", "password", "example", "exemplo", "placeholder")

_NO_REDIS = "redis://recusado:6379/0"  # read by nothing: the process ends

_refused: dict[str, str] = {}


class Rate(NamedTuple):
    requests: int
    seconds: int


def refuse(name: str, reason: str) -> None:
    _refused[name] = reason


def refuse_bad_environment(service: str) -> None:
    """Ends the process, naming every variable that was refused; no value is shown, as it may be a secret."""
    if _refused:
        reasons = "; ".join(f"{name} {reason}" for name, reason in _refused.items())
        print(f"FATAL: {service} não inicia. Corrija estas variáveis (veja .env.example): {reasons}.", file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_CODE)


def env_str(name: str, default: str | None = None) -> str:
    """The value of `name`; without a default a missing or empty variable refuses the start."""
    value = os.environ.get(name, "")
    if not value and default is None:
        refuse(name, "não está definida")
    return value or default or ""


def env_bool(name: str, default: bool = False) -> bool:
    raw = os.environ.get(name, "").lower()
    if raw and raw not in _TRUE | _FALSE:
        refuse(name, "não é 1/true nem 0/false")
    return raw in _TRUE if raw else default


def env_int(name: str, default: int) -> int:
    raw = os.environ.get(name, "")
    try:
        return int(raw) if raw else default
    except ValueError:
        refuse(name, "não é um número inteiro")
        return default


def env_address(name: str) -> tuple[str, int] | None:
    """HOST:PORT to listen at; None when `name` is not set."""
    raw = os.environ.get(name, "")
    host, _, port = raw.rpartition(":")
    if raw and not (host and port.isdecimal()):
        refuse(name, "não tem a forma 0.0.0.0:9100")
        return None
    return (host, int(port)) if raw else None


def env_ports(name: str, default: str) -> frozenset[int]:
    """Port numbers, separated by commas."""
    items = env_list(name, default)
    if not all(item.isdecimal() and 0 < int(item) < 65536 for item in items):
        refuse(name, "não é uma lista de portas, como 443,8443")
        return frozenset()
    return frozenset(map(int, items))


def env_rate(name: str, default: str) -> Rate | None:
    """REQUESTS/SECONDS, as 6000/60; None for 0, which sets no limit."""
    raw = os.environ.get(name, "") or default
    found = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,4})", raw, re.ASCII)
    if not found and raw != "0":
        refuse(name, "não tem a forma 6000/60 (requisições/segundos), nem é 0 (sem limite)")
    return Rate(int(found[1]), int(found[2])) if found else None


def env_networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks or single addresses, separated by commas."""
    try:
        return tuple(ip_network(item) for item in env_list(name))
    except ValueError:
        refuse(name, "não é uma lista de redes, como 10.0.0.0/8,192.168.1.7")
        return ()


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def env_secret(name: str) -> str:
    """A secret from NAME, or from the file that NAME_FILE names (docker secrets). Never has a default."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return env_str(name)
    value = _content(f"{name}_FILE", path)
    if not value and f"{name}_FILE" not in _refused:
        refuse(f"{name}_FILE", "aponta para um arquivo vazio")
    return value


def env_key(name: str) -> str:
    """A secret that keys are derived from: long and random."""
    value = env_secret(name)
    _refuse_weak(name, value, SHORTEST_KEY)
    return value


def env_key_file(name: str) -> str:
    """The path of a private key, which must be there; what is in it, its reader checks."""
    path = env_str(name)
    if path and not _content(name, path) and name not in _refused:
        refuse(name, "aponta para um arquivo vazio")
    return path


def redis_url(name: str) -> str:
    """redis://:password@host:6379/0, rediss:// over TLS, or redis+sentinel:// (sentinel.py). Never without a password."""
    value = env_secret(name)
    parts = _url(name, value, ("redis", "rediss", sentinel.SCHEME), "redis://:senha@servidor:6379/0")
    if not parts.netloc:
        return _NO_REDIS
    if sentinel.is_watched(value):
        try:
            sentinel.Watched.read(value)
        except ValueError:
            refuse(name, f"não tem a forma {sentinel.SCHEME}://:senha@um:26379,dois:26379/0?service_name=crm")
            return _NO_REDIS
    return value


_TIMEOUTS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"


def postgres_database(name: str) -> dict[str, Any]:
    """Django's DATABASES entry from a URL such as postgres://role:password@host:5432/database?sslmode=require.

    Timeouts in milliseconds keep a slow query, a lock or a forgotten transaction from holding a worker;
    CONN_MAX_AGE stays below pgbouncer's and the server's own limits. join_collapse_limit: a row with the names of its
    seven references costs 5 ms of planning at the default of 8 and 0.5 at 4; we write such joins in the right order.
    """
    url = _url(name, env_secret(name), ("postgres", "postgresql"), "postgres://papel:senha@servidor:5432/banco", path=True)
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
    value = env_secret(name)
    parts = _url(name, value, ("mongodb", "mongodb+srv"), "mongodb://usuario:senha@servidor:27017/banco?authSource=admin", path=True)
    limits = {"timeoutMS": 2000, "connectTimeoutMS": 1000, "maxPoolSize": 50}
    given = {option.lower() for option, _value in parse_qsl(parts.query)}
    options = {option: value for option, value in limits.items() if option.lower() not in given}
    return {"ENGINE": "crm_shared.mongo", "HOST": value, "NAME": unquote(parts.path.strip("/")), "OPTIONS": options}


def bucket_storage(name: str) -> dict[str, Any] | None:
    """An entry of Django's STORAGES from https://key:secret@host/bucket?region=sa-east-1; None when `name` is not set."""
    if not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
        return None
    url = _url(name, env_secret(name), ("https", "http"), "https://chave:segredo@servidor/balde?region=sa-east-1", path=True)
    options = {
        "endpoint_url": f"{url.scheme}://{url.netloc.rpartition('@')[2]}",
        "bucket_name": unquote(url.path.strip("/")),
        "access_key": unquote(url.username or ""),
        "secret_key": unquote(url.password or ""),
        "region_name": dict(parse_qsl(url.query)).get("region", "us-east-1"),
    }
    return {"BACKEND": "crm_shared.attachments.bucket.Bucket", "OPTIONS": options}


def _url(name: str, value: str, schemes: tuple[str, ...], form: str, *, path: bool = False) -> SplitResult:
    """The parts of a store's address; an empty one where it was refused. A list of hosts (MongoDB) has no port to check."""
    if not value:
        return urlsplit("")
    try:
        url = urlsplit(value)
        _port = url.port if "," not in url.netloc else None
    except ValueError:
        refuse(name, f"não tem a forma {form}")
        return urlsplit("")
    if url.scheme not in schemes or not url.hostname or (path and not url.path.strip("/")):
        refuse(name, f"não tem a forma {form}")
        return urlsplit("")
    if not url.password:
        refuse(name, "não traz senha")
    else:
        _refuse_weak(name, unquote(url.password), SHORTEST_PASSWORD, "traz uma senha que ")
    return url


def _refuse_weak(name: str, value: str, shortest: int, whose: str = "") -> None:
    if value and any(word in value.lower() for word in _PLACEHOLDERS):
        refuse(name, f"{whose}é um valor de exemplo")
    elif value and len(value) < shortest:
        refuse(name, f"{whose}é curta demais (ao menos {shortest} caracteres)")
    elif value and len(set(value)) < FEWEST_DIFFERENT:
        refuse(name, f"{whose}não é ao acaso")


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse(name, f"aponta para um arquivo que não se lê ({getattr(error, 'strerror', 'não é texto')})")
        return ""
