"""The stream by which auth tells every verifier what it revoked: its form, and the reader that each process has.

The stream holds the last KEEP seconds, so reading it from its beginning is the whole state. auth writes a sign of life every
few seconds; without one for STALE_AFTER seconds the feed counts as stale (auth/revocation.py).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import redis

from .. import sentinel
from ..observability.logs import get_logger
from .revocation import Revocation, Revocations

logger = get_logger("crm.revogacoes")

STREAM = "revogacoes:auth"
ALIVE = {"viva": "1"}  # the entry that only says that auth's publisher works
BEAT = 2.0  # seconds between two of them
_BLOCK = 2000  # milliseconds that one read waits
_PAUSE = 0.5  # seconds after a failure
_TIMEOUTS = {"socket_connect_timeout": 1, "socket_timeout": 5}

Entries = list[tuple[bytes, Mapping[bytes, bytes]]]


class Feed:
    """Reads the stream at `address` into Revocations, for ever. `known_here`: what this process can read at its source (auth itself)."""

    def __init__(self, address: str, stream: str = STREAM, known_here: Callable[[], Iterable[Revocation]] | None = None) -> None:
        self._address, self._stream, self._known_here = address, stream, known_here

    def __call__(self, revocations: Revocations) -> None:
        while True:
            try:
                self.follow(revocations)
            except (redis.exceptions.RedisError, OSError) as error:
                logger.warning("revogacoes fora do alcance", extra={"erro": str(error)})
            time.sleep(_PAUSE)

    def follow(self, revocations: Revocations) -> None:
        """All that the stream holds, then what comes; ends by the error that breaks the connection, or to begin anew."""
        if self._known_here is not None and not revocations.known:
            revocations.learn(self._known_here())
        client = sentinel.client(self._address, **_TIMEOUTS)
        try:
            try:
                last = self._take(revocations, client, client.xrange(self._stream))
            finally:
                if self._known_here is not None:  # not before: until the bus was asked nobody could write
                    revocations.complete()
            while True:
                found = client.xread({self._stream: last}, count=1000, block=_BLOCK)
                last = self._take(revocations, client, found[0][1] if found else [], last)
                if not found and not revocations.fresh:
                    return  # a bus that lost its data may count anew from below `last`: read from its beginning
        finally:
            client.close()

    def _take(self, revocations: Revocations, client: Any, entries: Entries, last: bytes = b"0") -> bytes:
        """Entries mean that auth has written since the bus began, so nothing that it knew is missing; none at all mean nothing."""
        if not entries:
            return last
        revocations.learn(item for _, fields in entries if (item := Revocation.read(fields)))
        seconds, micros = client.time()
        newest = entries[-1][0]
        revocations.heard(max(seconds + micros / 1e6 - int(newest.split(b"-")[0]) / 1000, 0))
        revocations.complete()
        return newest
