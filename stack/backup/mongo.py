"""Saving and loading a MongoDB database, in the files that mongodump and mongorestore know."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import bson
import pymongo
from bson import json_util
from bson.raw_bson import RawBSONDocument
from pymongo.read_concern import ReadConcern
from pymongo.synchronous.client_session import ClientSession
from pymongo.synchronous.database import Database

from stack.backup.manifest import Contents
from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import mongo_url
from stack.errors import StackError

RAW: Any = bson.CodecOptions(document_class=RawBSONDocument)
BATCH = 1000
OWN_TO_THE_SERVER = ("v", "ns", "key")


class MongoSnapshot:
    """One transaction that reads: SecantusDB takes a snapshot session's word but does not keep it."""

    def __init__(self, database: "Database[Any]", session: ClientSession) -> None:
        self.database = database
        self.session = session
        self.collections: list[dict[str, Any]] = []

    def open(self) -> None:
        """From the first read on, the transaction sees the database as it is then."""
        found = [dict(item) for item in self.database.list_collections()]
        self.collections = sorted((item for item in found if not item["name"].startswith("system.")), key=lambda item: str(item["name"]))
        self.session.start_transaction(read_concern=ReadConcern("snapshot"))
        for item in self.collections[:1]:
            self.database[item["name"]].find_one({}, session=self.session)

    def save(self, folder: Path) -> Contents:
        folder.mkdir(mode=0o700)
        rows = {item["name"]: self._save_collection(folder, item) for item in self.collections}
        newest = next(self._find("crm_shared_evento", {"_id": 1}).sort("_id", -1).limit(1), None)
        migrations = self._find("django_migrations", {"app": 1, "name": 1})
        names = sorted(f"{item['app']}.{item['name']}" for item in migrations)
        return Contents(rows, str(newest["_id"]) if newest else None, names)

    def _find(self, collection: str, fields: dict[str, Any]) -> Any:
        return self.database[collection].find({}, fields, session=self.session)

    def _save_collection(self, folder: Path, item: dict[str, Any]) -> int:
        collection = self.database.get_collection(item["name"], codec_options=RAW)
        described = {"options": item.get("options", {}), "indexes": list(self.database[item["name"]].list_indexes())}
        (folder / f"{item['name']}.metadata.json").write_text(json_util.dumps(described))
        count = 0
        with (folder / f"{item['name']}.bson").open("wb") as file:
            for count, document in enumerate(collection.find({}, session=self.session), 1):  # noqa: B007
                file.write(document.raw)
        return count


@contextmanager
def mongo_snapshot(settings: Settings, credentials: Credentials) -> Iterator[MongoSnapshot]:
    with connected(settings, credentials) as database, database.client.start_session() as session:
        yield MongoSnapshot(database, session)


@contextmanager
def connected(settings: Settings, credentials: Credentials) -> Iterator["Database[Any]"]:
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(mongo_url(settings, credentials), serverSelectionTimeoutMS=2000)
    with client:
        yield client.get_default_database()


def load(database: "Database[Any]", folder: Path) -> dict[str, int]:
    """Fills an empty database; answers how many documents each collection has then."""
    for path in sorted(folder.glob("*.metadata.json")):
        name = path.name.removesuffix(".metadata.json")
        described = json_util.loads(path.read_text())
        collection = database.create_collection(name, codec_options=RAW, **described["options"])
        with (folder / f"{name}.bson").open("rb") as file:
            _insert(collection, bson.decode_file_iter(file, RAW))
        if indexes := [_index(item) for item in described["indexes"] if item["name"] != "_id_"]:
            collection.create_indexes(indexes)
    return {name: database[name].count_documents({}) for name in database.list_collection_names() if not name.startswith("system.")}


def _insert(collection: Any, documents: Iterable[RawBSONDocument]) -> None:
    iterator = iter(documents)
    try:
        while batch := list(islice(iterator, BATCH)):
            collection.insert_many(batch)
    except bson.errors.InvalidBSON as error:
        raise StackError(f"A cópia da coleção {collection.name} está ilegível: {error}.") from error


def _index(described: dict[str, Any]) -> pymongo.IndexModel:
    options = {name: value for name, value in described.items() if name not in OWN_TO_THE_SERVER}
    return pymongo.IndexModel(list(described["key"].items()), **options)
