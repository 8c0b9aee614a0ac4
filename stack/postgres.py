"""The embedded PostgreSQL: one database and one role per service, which can open no other database."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from stack.accounts import Place, postgres_place
from stack.config import POSTGRES_SERVICES, Settings
from stack.credentials import Credentials
from stack.errors import StackError
from stack.files import write_private
from stack.store import Store, launched

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
INITDB = (
    *("--no-sync", "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"),
    # the same order and case rules on every machine, whatever its libc
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    # of a small machine: at the default of 4 GB a search is looked for along a whole index of names (bench/README.md)
    "effective_cache_size": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "io_method": "sync",
    "autovacuum_max_workers": "2",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # what a statement carried stays out of the log: its text, its values, the key that was doubled
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
SCRATCH_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}
# What initdb needs, and room to work.
FREE_BYTES_NEEDED = 300 * 1024**2


def postgres(settings: Settings, credentials: Credentials) -> Store:
    place = postgres_place(settings)
    options = OPTIONS | {"port": str(settings.port("postgres"))} | (SCRATCH_OPTIONS if settings.scratch else {})
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    binary = str(place.binaries / "postgres")
    return Store(
        name="postgres",
        title="PostgreSQL",
        port=settings.port("postgres"),
        folder=place.home,
        # SIGTERM would wait for the clients to leave
        stop_signal="INT",
        command=launched(place.uid, place.gid, "INT", [binary, "-D", str(place.data), *flags]),
        prepare=lambda: _initialize(settings, place, credentials["postgres"]),
        ping=lambda: connect_as_superuser(settings, credentials).close(),
    )


def create_databases(settings: Settings, credentials: Credentials) -> None:
    """Idempotent: also repairs rights and passwords of what is there."""
    names = [*POSTGRES_SERVICES, *(["crm_shared"] if settings.scratch else [])]
    with connect_as_superuser(settings, credentials) as connection:
        existing = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for name in names:
            _create_role(connection, name, credentials[f"postgres.{name}"], exists=name in roles, scratch=settings.scratch)
            if name not in existing:
                connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
        for name in [*names, "postgres", "template1"]:
            connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        if settings.scratch:
            _allow_test_databases(connection, names)
    for name in [*names, *(["template1"] if settings.scratch else [])]:
        _create_extensions(settings, credentials, name)


def _initialize(settings: Settings, place: Place, password: str) -> None:
    if place.data.exists():
        return
    _check_space(place.home)
    # Under another name until it is whole: a killed initdb leaves nothing that looks like data.
    draft = place.home / "dados.novo"
    shutil.rmtree(draft, ignore_errors=True)
    password_file = place.home / "senha"
    write_private(password_file, password)
    os.chown(password_file, place.uid, place.gid)
    command = [str(place.binaries / "initdb"), *INITDB, f"--pwfile={password_file}", "-D", str(draft)]
    done = subprocess.run(
        launched(place.uid, place.gid, "KILL", command), cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    password_file.unlink()
    if done.returncode:
        raise StackError(f"O PostgreSQL não pôde ser criado em {place.home}: {_last_line(done.stderr or done.stdout)}")
    for stamp in settings.stamps.iterdir():
        stamp.unlink()
    draft.rename(place.data)


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_NEEDED:
        needed = FREE_BYTES_NEEDED // 1024**2
        raise StackError(f"Disco cheio: {folder} tem {free // 1024**2} MB livres, e são precisos {needed} MB. Libere espaço e repita.")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "removing data directory" not in line]
    return lines[-1] if lines else "sem mensagem"


def connect_as_superuser(
    settings: Settings, credentials: Credentials, database: str = "postgres", *, autocommit: bool = True
) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=settings.port("postgres"),
        user="postgres",
        password=credentials["postgres"],
        dbname=database,
        autocommit=autocommit,
        connect_timeout=5,
    )


def _create_role(connection: psycopg.Connection, name: str, password: str, *, exists: bool, scratch: bool) -> None:
    verb, rights = ("ALTER" if exists else "CREATE"), ("CREATEDB" if scratch else "NOCREATEDB")
    statement = sql.SQL(f"{verb} ROLE {{}} LOGIN NOSUPERUSER NOCREATEROLE {rights} PASSWORD {{}}")
    connection.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def _allow_test_databases(connection: psycopg.Connection, names: list[str]) -> None:
    """Django connects to `postgres` to create and drop its test databases."""
    for name in names:
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(name)))


def _create_extensions(settings: Settings, credentials: Credentials, database: str) -> None:
    with connect_as_superuser(settings, credentials, database) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
