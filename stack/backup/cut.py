"""The moment at which all stores are read: writers wait for milliseconds while each store opens a snapshot (ADR 21)."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel, errors

from stack.backup.mongo import MongoSnapshot, mongo_snapshot
from stack.config import POSTGRES_SERVICES, Settings
from stack.credentials import Credentials
from stack.errors import StackError
from stack.postgres import connect_as_superuser

# Services wait for a lock for 2 s; within this time all of ours are had, or given back.
LOCKED_WITHIN = 0.8
ATTEMPTS = 20
PAUSE = 0.5


@dataclass(frozen=True)
class PostgresSnapshot:
    """`name` lets pg_dump read what `connection` reads, for as long as that is open."""

    name: str
    connection: psycopg.Connection


@dataclass(frozen=True)
class Moment:
    at: str
    waited: float  # seconds, by writers
    postgres: dict[str, PostgresSnapshot]
    mongo: MongoSnapshot


@contextmanager
def one_moment(settings: Settings, credentials: Credentials) -> Iterator[Moment]:
    services = [name for name in settings.services if name in POSTGRES_SERVICES]
    with ExitStack() as opened:

        def connect(service: str) -> psycopg.Connection:
            return opened.enter_context(connect_as_superuser(settings, credentials, service, autocommit=False))

        readers = {service: connect(service) for service in services}
        for reader in readers.values():
            reader.isolation_level, reader.read_only = IsolationLevel.REPEATABLE_READ, True
        mongo = opened.enter_context(mongo_snapshot(settings, credentials))
        lockers = [connect(service) for service in services]
        with _writers_waiting(lockers) as since:
            snapshots = {service: PostgresSnapshot(_export(reader), reader) for service, reader in readers.items()}
            at = _now(next(iter(readers.values())))
            mongo.open()  # the last, for MongoDB's writers do not wait
        yield Moment(at, time.monotonic() - since, snapshots, mongo)


@contextmanager
def _writers_waiting(lockers: list[psycopg.Connection]) -> Iterator[float]:
    """No transaction that records an event commits in any PostgreSQL database while the block runs. Gives since when they wait."""
    for _ in range(ATTEMPTS):
        since = time.monotonic()
        try:
            _lock(lockers)
            break
        except errors.LockNotAvailable:
            _release(lockers)
            time.sleep(PAUSE)
    else:
        raise StackError("Há transações longas em todos os momentos: nenhuma cópia foi feita. Repita o comando.")
    try:
        yield since
    finally:
        _release(lockers)


def _lock(lockers: list[psycopg.Connection]) -> None:
    end = time.monotonic() + LOCKED_WITHIN
    for locker in lockers:
        left = max(1, round((end - time.monotonic()) * 1000))
        # an autovacuum in the way is sent home by whoever looks for deadlocks
        locker.execute("SET LOCAL deadlock_timeout = '50ms'")
        locker.execute(f"SET LOCAL lock_timeout = {left}")
        locker.execute("LOCK TABLE crm_shared_evento IN SHARE MODE")


def _release(lockers: list[psycopg.Connection]) -> None:
    for locker in lockers:
        locker.rollback()


def _export(reader: psycopg.Connection) -> str:
    row = reader.execute("SELECT pg_export_snapshot()").fetchone()
    assert row
    return str(row[0])


def _now(reader: psycopg.Connection) -> str:
    row = reader.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()
    assert row
    return f"{row[0].isoformat(timespec='microseconds')}Z"
