"""Django's admin names models of users, permissions and log entries, none of which we keep."""

from typing import Any

_WITHOUT_TABLES = frozenset({"admin", "auth", "contenttypes"})


class NoTables:
    """People are auth's, rights stand in their tokens, and the event log tells who did what."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if app_label in _WITHOUT_TABLES else None
