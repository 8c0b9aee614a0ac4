"""The few things that differ between PostgreSQL and MongoDB, so that services and the event log read the same on both."""

import random
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC
from functools import wraps
from hashlib import blake2b
from typing import Any, ParamSpec, TypeVar, overload

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

mongo_connection: Any = connection  # with what crm_shared.mongo adds; only where is_mongo()
P = ParamSpec("P")
R = TypeVar("R")


def is_mongo() -> bool:
    return connection.vendor == "mongodb"


class _Atomic:
    """See `atomic`."""

    _block: AbstractContextManager[Any]

    def __enter__(self) -> None:
        self._block = mongo_transaction().atomic() if is_mongo() else transaction.atomic()
        self._block.__enter__()

    def __exit__(self, *error: Any) -> bool | None:
        return self._block.__exit__(*error)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def in_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
            started, pause = time.monotonic(), _FIRST_PAUSE
            while True:
                try:
                    with _Atomic():
                        return function(*args, **kwargs)
                except Again:
                    if in_atomic_block():
                        raise
                    continue
                except DatabaseError as error:
                    if in_atomic_block() or not lost_a_race(error) or time.monotonic() - started > _PATIENCE:
                        raise
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, _LONGEST_PAUSE)

        return in_transaction


@overload
def atomic() -> _Atomic: ...
@overload
def atomic(function: Callable[P, R], /) -> Callable[P, R]: ...
def atomic(function: Callable[P, R] | None = None) -> _Atomic | Callable[P, R]:
    """One transaction on either store, as decorator or `with` block; nested uses join the outer one.

    Django's own `atomic` is a no-op on MongoDB, so its backend brings another that needs a replica set.
    An outermost decorated function is run again when it lost a deadlock or, on MongoDB, a write conflict:
    it left nothing behind, and the caller could do no better.
    """
    return _Atomic()(function) if function else _Atomic()


_PATIENCE = 2.0  # seconds, as PostgreSQL's lock_timeout (env.postgres_database)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1


class LostRace(DatabaseError):
    """The row is no longer as this transaction read it; run again, it will read what the other one wrote."""


class Again(LostRace):
    """This transaction must be run again without what it has found out not to work; it comes nearer to its end each time."""


def lost_a_race(error: BaseException) -> bool:
    """Another transaction came first (deadlock, write conflict): this one left nothing behind and may be run again."""
    if isinstance(error, LostRace):
        return True
    if isinstance(error, OperationalError) and is_mongo():
        return False  # the driver labels an outage as transient too, but waiting for it is the caller's choice
    labelled: Callable[[str], bool] = getattr(error.__cause__, "has_error_label", lambda _label: False)
    return labelled("TransientTransactionError") or getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")


_DUPLICATE = re.compile(r"E11000 duplicate key error.*? index: (\S+)", re.DOTALL)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused a write, empty when the store does not tell."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    match = _DUPLICATE.search(str(error))
    return match[1] if match else ""


def insert_unless_there(row: Model, key: str = "pk") -> None:
    """Insert `row` unless one with its unique `key` exists; an error would end the whole transaction on either store."""
    if not is_mongo():
        type(row)._default_manager.bulk_create([row], ignore_conflicts=True)
        return
    fields = {field.column: field.get_db_prep_save(field.pre_save(row, True), connection) for field in row._meta.concrete_fields}
    column = next(item.column for item in row._meta.concrete_fields if (item.primary_key if key == "pk" else item.name == key))
    wanted = {column: fields.pop(column)}
    mongo_connection.upsert(row._meta.db_table, wanted, fields)


def update_each(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write `fields` of each row, by one statement; on MongoDB by one message of small updates, for there a `bulk_update`
    weighs every row against every other.
    """
    model = type(rows[0])
    if not is_mongo():
        model._default_manager.bulk_update(rows, fields)
        return
    key, columns = model._meta.pk, [item for item in model._meta.concrete_fields if item.name in fields]
    prepared = [
        (
            key.get_db_prep_save(row.pk, connection),
            {column.column: column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns},
        )
        for row in rows
    ]
    mongo_connection.update_each(model._meta.db_table, prepared)


def clock() -> Any:
    """The store's time, to be compared and added to in a query: what processes of several machines agree on.

    On MongoDB it costs a round trip: SecantusDB has no `$$NOW` in conditions.
    """
    if not is_mongo():
        return Now()
    return mongo_connection.database.command("hello")["localTime"].replace(tzinfo=UTC)


def in_atomic_block() -> bool:
    return bool(mongo_connection.in_atomic_block_mongo if is_mongo() else connection.in_atomic_block)


def mongo_transaction() -> Any:
    """The backend's module, imported late: the other services do not install it."""
    from django_mongodb_backend import transaction as module

    return module


def require_atomic(what: str) -> None:
    """Refuse `what` outside a transaction: an event without its change, or the reverse, must not be possible."""
    if not in_atomic_block():
        raise transaction.TransactionManagementError(f"{what} needs an open transaction.")


def try_transaction_lock(key: str) -> bool:
    """Take the named lock until the transaction ends, or answer False at once if somebody else holds it.

    MongoDB has no advisory locks; there a unique index and its write conflict do the same work.
    """
    if is_mongo():
        return True
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
