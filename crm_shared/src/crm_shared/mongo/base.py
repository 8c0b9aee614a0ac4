from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pymongo
from django.db import DatabaseError
from django_mongodb_backend import base
from django_mongodb_backend.operations import DatabaseOperations as BaseOperations
from pymongo.errors import PyMongoError

from . import lookups  # noqa: F401  registers the lookup
from .errors import as_django_errors
from .schema import DatabaseSchemaEditor

R = TypeVar("R")
_ROLLBACK_SECONDS = 0.3  # the caller has its error already; the server drops the transaction itself when it comes back


class DatabaseOperations(BaseOperations):
    compiler_module = "crm_shared.mongo.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor
    writes = 0  # how many this connection has sent: tells who has written something in the meantime
    # As in SQL a comparison is never true of null; `{field: null}` covers a missing field as well. The parent's longer
    # forms (`$or`, `$and`, `$exists`) say the same and keep indexes from being used.
    mongo_operators = {
        **base.DatabaseWrapper.mongo_operators,
        "isnull": lambda field, is_null: {field: None} if is_null else {field: {"$ne": None}},
        "lt": lambda field, value: {field: {"$lt": value}},
        "lte": lambda field, value: {field: {"$lte": value}},
    }

    def start_transaction_mongo(self) -> None:
        with as_django_errors():
            super().start_transaction_mongo()

    def commit_mongo(self) -> None:
        with as_django_errors():
            super().commit_mongo()

    def rollback_mongo(self) -> None:
        """Never raises: the session ends whatever the server says, or the next transaction would join this one."""
        with suppress(PyMongoError), pymongo.timeout(_ROLLBACK_SECONDS):
            super().rollback_mongo()
        if self.session:
            self._end_session()
        self.run_on_commit: list[Any] = []

    def upsert(self, collection: str, wanted: dict[str, Any], values: dict[str, Any]) -> None:
        """Insert the document of `wanted` and `values` unless one matches `wanted`."""
        self.writes += 1
        with as_django_errors():
            self.get_collection(collection).update_one(wanted, {"$setOnInsert": values}, upsert=True, session=self.session)

    def update_each(self, collection: str, rows: list[tuple[Any, dict[str, Any]]]) -> None:
        """Set the values of each (primary key, values), in one message."""
        self.writes += 1
        wanted = [pymongo.UpdateOne({"_id": pk}, {"$set": values}) for pk, values in rows]
        with as_django_errors():
            self.get_collection(collection).bulk_write(wanted, ordered=False, session=self.session)

    def next_value(self, collection: str, pk: str, column: str) -> int:
        """Raise the counter `pk` by one, from 0 if it is new, outside of any transaction, and answer its value."""
        counters = self.get_collection(collection)
        wanted = {"_id": pk}, {"$inc": {column: 1}}
        with as_django_errors():
            found = counters.find_one_and_update(*wanted, return_document=pymongo.ReturnDocument.AFTER)
            if found is None:
                counters.update_one({"_id": pk}, {"$setOnInsert": {column: 0}}, upsert=True)
                found = counters.find_one_and_update(*wanted, return_document=pymongo.ReturnDocument.AFTER)
        return int(found[column])

    def within(self, seconds: float, work: Callable[[], R]) -> R | None:
        """What `work` answers, or None when the store needs longer for it."""
        try:
            with pymongo.timeout(seconds):
                return work()
        except DatabaseError as error:
            if not getattr(error.__cause__, "timeout", False):
                raise
            return None

    def estimated_count(self, collection: str) -> int:
        """All documents of the collection, as its metadata say; outside of any transaction, where it could not be asked."""
        with as_django_errors():
            return int(self.get_collection(collection).estimated_document_count())
