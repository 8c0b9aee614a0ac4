"""Bringing the stores of the services up to date, and knowing cheaply that they are."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from stack.config import Settings
from stack.credentials import Credentials, administrator
from stack.environment import service_environment
from stack.errors import StackError
from stack.files import write_private
from stack.programs import log_file
from stack.reasons import last_reason

CODE = (".py", ".sql", ".json")
ADMINISTRATOR_STAMP = "administrador"


def migrate(settings: Settings, credentials: Credentials, service: str) -> bool:
    """Migrates unless this code was migrated to before; tells whether there was anything to do."""
    stamp = stamp_file(settings, service)
    code = _fingerprint(settings, service)
    if stamp.exists() and stamp.read_text() == code:
        return False
    _manage(settings, credentials, service, "migrate", "--noinput")
    write_private(stamp, code)
    return True


def ensure_administrator(settings: Settings, credentials: Credentials) -> bool:
    """Creates the first administrator in auth, once per store; tells whether it did."""
    stamp = settings.stamps / ADMINISTRATOR_STAMP
    admin = administrator(settings)
    if stamp.exists() and stamp.read_text() == admin["email"]:
        return False
    password_file = settings.secrets / "administrador.senha"
    write_private(password_file, admin["senha"])
    arguments = ("--email", admin["email"], "--senha-de-arquivo", str(password_file))
    _manage(settings, credentials, "auth", "criar_administrador", *arguments)
    password_file.unlink()
    write_private(stamp, admin["email"])
    return True


def stamp_file(settings: Settings, service: str) -> Path:
    return settings.stamps / f"migracoes-{service}"


def _manage(settings: Settings, credentials: Credentials, service: str, command: str, *arguments: str) -> None:
    log = log_file(settings, f"{service}-{command}")
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "manage.py", command, *arguments],
            cwd=settings.folder(service),
            env=service_environment(settings, credentials, service),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise StackError(f"{service}: {command} falhou: {last_reason(log)} (tudo em {log})")


def _fingerprint(settings: Settings, service: str) -> str:
    """Over all code of the service, not only its migrations: what runs after them (roles, rights) follows the code."""
    return hashlib.sha256((_hash(settings.folder(service)) + _hash_shared(settings.root)).encode()).hexdigest()


@cache
def _hash_shared(root: Path) -> str:
    lock = (root / "requirements" / "stack.txt").read_bytes()
    return _hash(root / "crm_shared" / "src") + hashlib.sha256(lock).hexdigest()


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _code(folder):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _code(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix in CODE and "tests" not in path.parts)
