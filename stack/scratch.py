"""Throw-away stores for tests: the same servers without fsync, on free ports, gone with the process that asked for them."""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from stack import credentials, ports
from stack.accounts import remove_place
from stack.config import ROOT, SERVICES, Settings
from stack.credentials import Credentials
from stack.environment import contract, valkey_url
from stack.postgres import create_databases
from stack.store import Store, wait_ready
from stack.stores import all_stores, prepare

CLIENTS = (*SERVICES, "crm_shared")


@contextmanager
def scratch_stores(folder: Path | None = None) -> Iterator[tuple[Settings, Credentials]]:
    """Starts the three stores, with databases and keys, and removes all of it afterwards."""
    with _folder(folder) as var:
        settings = Settings(root=ROOT, var=var, port_base=ports.free_base(), scratch=True)
        try:
            with running_stores(settings) as secrets:
                yield settings, secrets
        finally:
            remove_place(settings)


@contextmanager
def running_stores(settings: Settings) -> Iterator[Credentials]:
    """The three stores with databases and keys, without a supervisor, for as long as the block runs."""
    settings.make_folders()
    secrets = credentials.load_or_create(settings)
    running: list[subprocess.Popen[bytes]] = []
    try:
        stores = all_stores(settings, secrets)
        prepare(stores)
        running.extend(_start(store, settings) for store in stores)
        for store, process in zip(stores, running, strict=True):
            wait_ready(store, partial(_trouble, process, settings.logs / f"{store.name}.log"))
        create_databases(settings, secrets)
        yield secrets
    finally:
        stop(running)


def suite_environment(settings: Settings, secrets: Credentials, client: str) -> dict[str, str]:
    """The contract for one suite, with a Valkey database of its own, so that suites can run side by side."""
    number = 2 * CLIENTS.index(client)
    environment = {**os.environ, **contract(settings, secrets, client), "BUS_URL": valkey_url(settings, secrets, number)}
    if client == "automacao":
        environment["AUTOMACAO_QUEUE_URL"] = valkey_url(settings, secrets, number + 1)
    return environment


def export_lines(settings: Settings, secrets: Credentials) -> list[str]:
    """The contract of all services in one, for a shell: every name is there, SECRET_KEY is anyone's."""
    merged: dict[str, str] = {}
    for client in CLIENTS:
        merged |= contract(settings, secrets, client)
    return [f"export {name}={shlex.quote(value)}" for name, value in merged.items()]


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    end = time.monotonic() + 10
    for process in processes:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="crm-")) if asked is None else asked.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # as root, PostgreSQL's account passes through; the secrets inside are private
    try:
        yield folder
    finally:
        if asked is None:
            shutil.rmtree(folder, ignore_errors=True)


def _start(store: Store, settings: Settings) -> subprocess.Popen[bytes]:
    with (settings.logs / f"{store.name}.log").open("wb") as log:
        # a session of its own: Ctrl-C reaches only us, and we end the stores when the tests are through
        return subprocess.Popen(
            store.command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _trouble(process: subprocess.Popen[bytes], log: Path) -> str | None:
    if process.poll() is None:
        return None
    return (log.read_text(errors="replace").strip() or "terminou sem mensagem").splitlines()[-1]
