"""Saving and loading one PostgreSQL database with the server's own tools."""

import os
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from stack.accounts import Place
from stack.backup.cut import PostgresSnapshot
from stack.backup.manifest import Contents
from stack.config import Settings
from stack.credentials import Credentials
from stack.errors import StackError

TABLES = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public' ORDER BY 1"


class Tools:
    """pg_dump and pg_restore of the embedded server, as its superuser."""

    def __init__(self, settings: Settings, credentials: Credentials, place: Place) -> None:
        self.place = place
        self._access = ("--host=127.0.0.1", f"--port={settings.port('postgres')}", "--username=postgres", "--no-password")
        self._environment = {**os.environ, "PGPASSWORD": credentials["postgres"]}

    @property
    def major(self) -> int:
        shown = self._run("pg_dump", "--version")
        return int(shown.rpartition(" ")[2].partition(".")[0])

    def save(self, service: str, snapshot: PostgresSnapshot, file: Path) -> Contents:
        self._run("pg_dump", *self._access, "--format=custom", f"--snapshot={snapshot.name}", f"--file={file}", service)
        return Contents(count_rows(snapshot.connection), _newest_event(snapshot.connection), _migrations(snapshot.connection))

    def load(self, service: str, file: Path) -> None:
        self._run("pg_restore", *self._access, "--single-transaction", f"--dbname={service}", str(file))

    def _run(self, tool: str, *arguments: str) -> str:
        command = [str(self.place.binaries / tool), *arguments]
        done = subprocess.run(
            command, cwd="/", env=self._environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["sem mensagem"]
            raise StackError(f"{tool} falhou: {lines[0]}")
        return done.stdout.strip()


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    tables = [row[0] for row in connection.execute(TABLES)]
    return {table: _one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))) for table in tables}


def _newest_event(connection: psycopg.Connection) -> str | None:
    row = connection.execute("SELECT id::text FROM crm_shared_evento ORDER BY id DESC LIMIT 1").fetchone()
    return row[0] if row else None


def _migrations(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")]


def _one(connection: psycopg.Connection, query: sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(row[0])
