"""Bringing the stores of the services up to date, and knowing cheaply that they are."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from stack.config import Settings
from stack.credentials import administrator
from stack.errors import StackError
from stack.files import write_private
from stack.programs import CREATE_ADMINISTRATOR, MIGRATE, log_file, password_file, preparation
from stack.reasons import last_reason
from stack.supervision import Supervisor

CODE = (".py", ".sql", ".json")


def migrate(settings: Settings, supervisor: Supervisor, service: str) -> bool:
    """Migrates unless this code was migrated to before; tells whether there was anything to do."""
    stamp = stamp_file(settings, service)
    if stamp.exists() and stamp.read_text() == _fingerprint(settings, service):
        return False
    _run(settings, supervisor, service, MIGRATE)
    mark_migrated(settings, service)
    return True


def mark_migrated(settings: Settings, service: str) -> None:
    write_private(stamp_file(settings, service), _fingerprint(settings, service))


def ensure_administrator(settings: Settings, supervisor: Supervisor) -> bool:
    """Creates the first administrator in auth, once per store; tells whether it did."""
    stamp = settings.stamps / "administrador"
    if stamp.exists():
        return False
    admin = administrator(settings)
    write_private(password_file(settings), admin["senha"])
    _run(settings, supervisor, "auth", CREATE_ADMINISTRATOR)
    password_file(settings).unlink()
    write_private(stamp, admin["email"])
    return True


def stamp_file(settings: Settings, service: str) -> Path:
    return settings.stamps / f"migracoes-{service}"


def _run(settings: Settings, supervisor: Supervisor, service: str, task: str) -> None:
    if not supervisor.run_once(preparation(service), f"{service}-{task}"):
        log = log_file(settings, f"{service}-{task}")
        raise StackError(f"{service}: {task} falhou: {last_reason(log)} (tudo em {log})")


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
