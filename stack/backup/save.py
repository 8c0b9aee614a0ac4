"""`./crm backup`: reads the running stores and writes one folder, which is there as a whole or not at all."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from stack.accounts import postgres_place
from stack.backup import manifest
from stack.backup.cut import Moment, one_moment
from stack.backup.manifest import Contents, Manifest
from stack.backup.postgres import Tools
from stack.config import Settings
from stack.credentials import Credentials, load_or_create
from stack.display import console
from stack.errors import StackError
from stack.stores import all_stores

AT_ONCE = 2
FILES = "arquivos"
METRIC = """\
# HELP crm_backup_timestamp_seconds Moment of the newest backup in this folder.
# TYPE crm_backup_timestamp_seconds gauge
crm_backup_timestamp_seconds {}
"""


def backup(settings: Settings, destination: Path | None, *, with_secrets: bool) -> Path:
    """Answers the folder of the backup, which is named by its moment."""
    if not (settings.secrets / "senhas.json").exists():
        raise StackError(f"Não há um CRM em {settings.var}: nada a copiar.")
    credentials = load_or_create(settings)
    _require_stores(settings, credentials)
    parent = (destination or settings.var / "backups").expanduser().resolve()
    parent.mkdir(parents=True, exist_ok=True)
    with _alone(settings), _draft(parent, settings) as draft:
        with one_moment(settings, credentials) as moment:
            contents = _save_stores(settings, credentials, moment, draft)
        save_files(settings, draft)
        if with_secrets:
            copy_secrets(settings.var, draft)
        _finish(draft, settings, moment, contents, with_secrets=with_secrets)
        final = parent / f"crm-{_stamp(moment.at)}"
        _sync(draft)
        draft.rename(final)
    _tell_prometheus(parent, moment)
    _report(final, moment, contents)
    return final


def copy_secrets(source: Path, target: Path) -> None:
    """Passwords, keys and the first administrator, for their owner only."""
    shutil.copytree(source / "segredos", target / "segredos")
    if (source / "admin.json").exists():
        shutil.copy2(source / "admin.json", target / "admin.json")


def save_files(settings: Settings, draft: Path) -> None:
    """After the stores: a file is there before the row that names it. What goes meanwhile has expired, and nobody asks for it."""
    for path in sorted(settings.files.rglob("*")):
        target = draft / FILES / path.relative_to(settings.files)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                shutil.copyfile(path, target)


def _require_stores(settings: Settings, credentials: Credentials) -> None:
    needed = [store for store in all_stores(settings, credentials) if store.name != "valkey"]
    if down := [store.title for store in needed if not store.ready()]:
        raise StackError(f"{' e '.join(down)} não responde: ligue o CRM com ./crm up --detach antes de copiar.")


def _save_stores(settings: Settings, credentials: Credentials, moment: Moment, draft: Path) -> dict[str, Contents]:
    tools = Tools(settings, credentials, postgres_place(settings))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {}
        if "comunicacao" in settings.services:  # first: its transaction may not last for long
            jobs["comunicacao"] = pool.submit(moment.mongo.save, draft / "comunicacao")
        for service, snapshot in moment.postgres.items():
            jobs[service] = pool.submit(tools.save, service, snapshot, draft / f"{service}.dump")
        return {service: job.result() for service, job in jobs.items()}


def _finish(draft: Path, settings: Settings, moment: Moment, contents: dict[str, Contents], *, with_secrets: bool) -> None:
    described = Manifest(
        formato=manifest.FORMAT,
        versao=manifest.crm_version(),
        feito_em=moment.at,
        postgres=Tools(settings, load_or_create(settings), postgres_place(settings)).major,
        segredos=with_secrets,
        servicos=contents,
        arquivos=manifest.digests(draft),
    )
    manifest.write(draft, described)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    with (settings.run / "backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError("Outro ./crm backup está em andamento: espere que termine.") from None
        yield


@contextmanager
def _draft(parent: Path, settings: Settings) -> Iterator[Path]:
    """Under a name that no restore takes for a backup; what a killed one left is removed by the next."""
    pattern = f".incompleta-{settings.identity}"
    for left in parent.glob(f"{pattern}-*"):
        shutil.rmtree(left)
    draft = parent / f"{pattern}-{time.time_ns()}"
    draft.mkdir(mode=0o700)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _stamp(at: str) -> str:
    """2026-11-22T03:00:00.123456Z as 20261122T030000.123Z, which sorts by time."""
    return f"{at[:23].replace('-', '').replace(':', '')}Z"


def _sync(folder: Path) -> None:
    """To the disk, and for its owner only: all of it is as private as the stores."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o700 if path.is_dir() else 0o600)
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _tell_prometheus(parent: Path, moment: Moment) -> None:
    """By way of node_exporter, which reads the folder as another user."""
    draft = parent / ".crm_backup.prom"
    draft.write_text(METRIC.format(datetime.fromisoformat(moment.at).timestamp()))
    draft.replace(parent / "crm_backup.prom")


def _report(final: Path, moment: Moment, contents: dict[str, Contents]) -> None:
    rows = sum(sum(one.linhas.values()) for one in contents.values())
    size = sum(path.stat().st_size for path in final.rglob("*") if path.is_file())
    summary = f"{len(contents)} serviços, {rows} linhas, {size / 1024**2:.1f} MB; quem escrevia esperou {moment.waited * 1000:.0f} ms."
    console.print(f"Cópia de {moment.at}: {summary}", markup=False)
    console.print(str(final), markup=False)
