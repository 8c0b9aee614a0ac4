"""The three stores for real: rights, survival of a kill, and leaving nothing behind."""

import subprocess
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pymongo
import pytest
import redis

from stack import credentials, ports, scratch
from stack.accounts import remove_place
from stack.config import ROOT, Settings
from stack.credentials import Credentials
from stack.environment import contract, mongo_url, valkey_url
from stack.postgres import EXTENSIONS, create_databases
from stack.store import wait_ready
from stack.stores import all_stores, prepare

Running = tuple[Settings, Credentials, dict[str, subprocess.Popen[bytes]]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """As `up` has them, durable, but without a supervisor."""
    settings = Settings(root=ROOT, var=tmp_path_factory.mktemp("stores"), port_base=ports.free_base())
    settings.make_folders()
    secrets = credentials.load_or_create(settings)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    start(settings, secrets, processes)
    create_databases(settings, secrets)
    yield settings, secrets, processes
    scratch.stop(list(processes.values()))
    remove_place(settings)


def start(settings: Settings, secrets: Credentials, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    stores = all_stores(settings, secrets)
    prepare(stores)
    for store in stores:
        processes[store.name] = subprocess.Popen(store.command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for store in stores:
        wait_ready(store, lambda: None)


def connect(settings: Settings, secrets: Credentials, role: str, database: str) -> psycopg.Connection:
    url = urlsplit(contract(settings, secrets, role)[f"{role.upper()}_DATABASE_URL"])._replace(scheme="postgresql", path=f"/{database}")
    return psycopg.connect(url.geturl(), autocommit=True)


def test_written_data_survives_a_kill_of_all_three(running: Running) -> None:
    settings, secrets, processes = running
    with connect(settings, secrets, "vendas", "vendas") as database:
        database.execute("CREATE TABLE prova AS SELECT 42 AS valor")
    with redis.Redis.from_url(valkey_url(settings, secrets, 0)) as bus:
        bus.set("prova", "42")
        time.sleep(1.2)  # appendfsync everysec
    with pymongo.MongoClient(mongo_url(settings, secrets)) as client:
        client["comunicacao"]["prova"].insert_one({"valor": 42})

    for process in processes.values():
        process.kill()
        process.wait()
    start(settings, secrets, processes)

    with connect(settings, secrets, "vendas", "vendas") as database:
        assert database.execute("SELECT valor FROM prova").fetchone() == (42,)
    with redis.Redis.from_url(valkey_url(settings, secrets, 0)) as bus:
        assert bus.get("prova") == b"42"
    with pymongo.MongoClient(mongo_url(settings, secrets)) as client:
        assert client["comunicacao"]["prova"].count_documents({"valor": 42}) == 1


def test_each_role_opens_its_own_database_only(running: Running) -> None:
    settings, secrets, _ = running
    for other in ("clientes", "postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(settings, secrets, "vendas", other)
    with connect(settings, secrets, "vendas", "vendas") as database:
        found = {row[0] for row in database.execute("SELECT extname FROM pg_extension")}
        role = database.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    assert found >= set(EXTENSIONS)
    assert role == (False, False, False)


def test_nobody_enters_without_a_password(running: Running) -> None:
    settings, _, _ = running
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=settings.port("postgres"), user="postgres", dbname="postgres", password="wrong")
    with redis.Redis(port=settings.port("valkey")) as bus, pytest.raises(redis.AuthenticationError):
        bus.ping()
    with pymongo.MongoClient(port=settings.port("mongo"), directConnection=True) as client, pytest.raises(pymongo.errors.OperationFailure):
        client["comunicacao"].list_collection_names()


def test_the_mongo_user_owns_its_own_database_only(running: Running) -> None:
    settings, secrets, _ = running
    with pymongo.MongoClient(mongo_url(settings, secrets)) as client, pytest.raises(pymongo.errors.OperationFailure):
        client["outro"]["x"].insert_one({})


def test_valkey_evicts_nothing_and_mends_a_truncated_tail(running: Running) -> None:
    settings, secrets, _ = running
    with redis.Redis.from_url(valkey_url(settings, secrets, 0), decode_responses=True) as bus:
        found = {name: bus.config_get(name)[name] for name in ("maxmemory-policy", "appendonly", "aof-load-truncated")}
    assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes", "aof-load-truncated": "yes"}


def test_throw_away_stores_leave_nothing_behind() -> None:
    with scratch.scratch_stores() as (settings, secrets):
        with connect(settings, secrets, "clientes", "clientes") as database:
            database.execute("CREATE DATABASE test_clientes")
        port, folder = settings.port("postgres"), settings.var
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=port, user="postgres", connect_timeout=2)
