"""The three embedded stores together."""

from concurrent.futures import ThreadPoolExecutor

from stack.config import Settings
from stack.credentials import Credentials
from stack.mongo import mongo
from stack.postgres import postgres
from stack.store import Store
from stack.valkey import valkey


def all_stores(settings: Settings, credentials: Credentials) -> list[Store]:
    return [postgres(settings, credentials), valkey(settings, credentials), mongo(settings, credentials)]


def prepare(stores: list[Store]) -> None:
    """Makes the data folders that are missing, side by side."""
    with ThreadPoolExecutor(len(stores)) as pool:
        for made in [pool.submit(store.prepare) for store in stores]:
            made.result()
