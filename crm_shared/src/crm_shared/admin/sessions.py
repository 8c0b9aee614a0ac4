"""Django's SESSION_ENGINE: sessions in Redis, sealed with the service's own SECRET_KEY.

All services share the bus; a session holds tokens. Whoever reads or writes the bus can neither take a session's tokens
nor make up a session, and no pickle is read from it.
"""

import json
from hashlib import sha256
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from .. import bus
from ..sealing import seal_for

_SEALED_FOR = "crm_shared.admin.sessions"


class SessionStore(SessionBase):
    def load(self) -> dict[str, Any]:
        sealed = bus.connection().get(self._name()) if self.session_key else None
        try:
            data: dict[str, Any] = json.loads(seal_for(_SEALED_FOR).decrypt(sealed)) if sealed else {}
        except InvalidToken:  # sealed with a key that was withdrawn
            data = {}
        if not data:
            self._session_key = None
        return data

    def exists(self, session_key: str) -> bool:
        return bool(bus.connection().exists(self._name(session_key)))

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # the stubs leave it out
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        sealed = seal_for(_SEALED_FOR).encrypt(json.dumps(data).encode())
        written = bus.connection().set(self._name(), sealed, ex=self.get_expiry_age(), nx=must_create, xx=not must_create)
        if not written:
            raise CreateError if must_create else UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        if session_key or self.session_key:
            bus.connection().delete(self._name(session_key))

    @classmethod
    def clear_expired(cls) -> None:
        """Redis forgets them by itself."""

    def _name(self, session_key: str | None = None) -> str:
        """The cookie's value is not to be read from the bus either."""
        return f"sessao:{settings.SERVICE}:{sha256((session_key or self.session_key or '').encode()).hexdigest()}"
