"""Makes the MongoDB server a replica set of one and gives comunicacao its account there. Does nothing twice.

Runs in comunicacao's image, which has pymongo: `mongosh` would want the password among its arguments.
"""

import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure

SECRETS = Path("/run/secrets")
NOT_YET_INITIALIZED, USER_EXISTS = 94, 51003
PATIENCE = 60  # seconds for the election of the only candidate


def main() -> None:
    url = urlsplit((SECRETS / "comunicacao_database_url").read_text().strip())
    password = (SECRETS / "mongo_password").read_text().strip()
    address = f"{url.hostname}:{url.port or 27017}"
    with MongoClient[dict[str, object]](address, username="root", password=password, directConnection=True) as client:
        initiate(client, address)
        create_user(client, unquote(url.username or ""), unquote(url.password or ""), url.path.strip("/"))


def initiate(client: "MongoClient[dict[str, object]]", address: str) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": address}]})
        print("replica set iniciado")
    end = time.monotonic() + PATIENCE
    while not client.admin.command("hello").get("isWritablePrimary"):
        if time.monotonic() > end:
            raise SystemExit(f"FATAL: o MongoDB não se elegeu primário em {PATIENCE} s")
        time.sleep(0.5)


def create_user(client: "MongoClient[dict[str, object]]", user: str, password: str, database: str) -> None:
    """Owner of one database; an account that is there gets this password and these rights."""
    rights: dict[str, object] = {"pwd": password, "roles": [{"role": "dbOwner", "db": database}]}
    try:
        client.admin.command({"createUser": user} | rights)
        print(f"usuário {user} criado")
    except OperationFailure as error:
        if error.code != USER_EXISTS:
            raise
        client.admin.command({"updateUser": user} | rights)


if __name__ == "__main__":
    main()
