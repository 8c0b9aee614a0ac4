"""The embedded MongoDB-compatible server (SecantusDB), always with authentication.

Its user is written into the closed data folder before the first start: the documented way, a first start without
authentication, would leave the port open to every account of the machine for a moment.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pymongo

from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import mongo_url
from stack.errors import StackError
from stack.files import write_private
from stack.store import Store, launched_as_me

SERVER = Path(__file__).with_name("mongo_server.py")
CONFIGURATION = """\
[server]
host = "127.0.0.1"
port = {port}
storage_path = "{folder}"
log_level = "WARNING"
auth = true

[storage]
cache_size = "128M"
session_max = 400
# without it the last writes are lost with the process: its journal waits in memory
sync_on_commit = {durable}
"""
# dbOwner of its one database; in tests Django creates and drops databases.
ROLES = {False: [{"role": "dbOwner", "db": "comunicacao"}], True: [{"role": "root", "db": "admin"}]}


def mongo(settings: Settings, credentials: Credentials) -> Store:
    folder = settings.var / "mongo"
    url = mongo_url(settings, credentials)
    return Store(
        name="mongo",
        title="MongoDB (SecantusDB)",
        port=settings.port("mongo"),
        folder=folder,
        stop_signal="TERM",
        command=launched_as_me([sys.executable, str(SERVER), "--config", str(folder / "secantusd.toml")]),
        prepare=lambda: _prepare(settings, credentials["mongo"]),
        ping=lambda: _ping(url),
    )


def add_user(storage: Path, password: str, *, scratch: bool) -> None:
    """Runs in a process of its own, because the storage engine keeps threads and memory."""
    from secantus.auth import SCRAM_SHA_256, derive_credentials  # type: ignore[import-untyped]
    from secantus.storage import Storage  # type: ignore[import-untyped]

    record = {
        "_id": "admin.comunicacao",
        "user": "comunicacao",
        "db": "admin",
        "credentials": derive_credentials(password).to_doc(),
        "roles": ROLES[scratch],
        "mechanisms": [SCRAM_SHA_256],
    }
    engine = Storage(str(storage), cache_size="32M")
    engine.add_user("admin", "comunicacao", record, replace=True)
    engine.close()


def _prepare(settings: Settings, password: str) -> None:
    folder = settings.var / "mongo"
    folder.mkdir(mode=0o700, exist_ok=True)
    data = folder / "dados"
    write_private(
        folder / "secantusd.toml",
        CONFIGURATION.format(port=settings.port("mongo"), folder=data, durable="false" if settings.scratch else "true"),
    )
    if data.exists():
        return
    draft = folder / "dados.novo"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    code = "import sys; from stack.mongo import add_user; add_user(sys.argv[1], sys.stdin.read(), scratch=sys.argv[2] == 'True')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(draft), str(settings.scratch)],
        cwd=Path(__file__).parents[1],
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"O banco MongoDB não pôde ser criado em {folder}: {done.stderr.strip().splitlines()[-1]}")
    (settings.stamps / "migracoes-comunicacao").unlink(missing_ok=True)
    draft.rename(data)


def _ping(url: str) -> None:
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(url, serverSelectionTimeoutMS=500, socketTimeoutMS=5000)
    with client:
        client["comunicacao"].list_collection_names()
