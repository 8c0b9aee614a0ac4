"""Waiting for a commit that records an event, on PostgreSQL."""

from typing import Any

from django.db import connection


class Ear:
    """Of one thread and its connection. `raw` is what it listens on, and another one after a reconnect."""

    def __init__(self) -> None:
        self.raw: Any = None

    def wait(self, seconds: float) -> None:
        """Until an event is recorded, at most `seconds`; not at all when this has only just begun to listen."""
        connection.ensure_connection()
        raw = connection.connection
        if self.raw is not raw:
            raw.execute("LISTEN eventos")
            self.raw = raw
            return  # look once more: a commit before LISTEN made no sound
        with connection.wrap_database_errors:
            for _ in raw.notifies(timeout=seconds, stop_after=1):
                pass
