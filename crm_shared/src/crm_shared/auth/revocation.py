"""Which tokens are good no more although they have not expired: what auth tells on the bus, held in process.

A token is covered by its session (`sid`), or by its person when it was issued no later than the instant told
(`sub`, of a service's token `obo`). Looking it up is two dictionary reads.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .claims import Claims, InvalidToken
from .keys import KeysUnavailable

KEEP = 600.0  # seconds that a revocation is remembered: longer than any access token lives, clocks that differ included
STALE_AFTER = 15.0  # seconds without a word from auth after which nothing is changed any more on a token's word
FIRST_WAIT = 2.0  # seconds that the first tokens of a process wait for what was revoked before it began


class RevocationsUnknown(KeysUnavailable):
    """This process has not yet heard what was revoked before it began: nobody can be let in (503)."""


@dataclass(frozen=True)
class Revocation:
    """`alvo` is `sid:<session>` or `sub:<user>`. Tokens issued after `antes`, in seconds since the epoch, are good; None: none is."""

    alvo: str
    antes: int | None = None

    def fields(self) -> dict[str, str]:
        """As an entry of the stream."""
        return {"alvo": self.alvo} | ({} if self.antes is None else {"antes": str(self.antes)})

    @classmethod
    def read(cls, fields: Mapping[bytes, bytes]) -> "Revocation | None":
        """None for an entry that is no revocation: a sign of life, or something newer than this code."""
        alvo, antes = (fields.get(name, b"").decode("latin-1") for name in (b"alvo", b"antes"))
        if not alvo.startswith(("sid:", "sub:")) or (antes and not antes.isdecimal()):
            return None
        return cls(alvo, int(antes) if antes else None)


class Revocations:
    """What is known in this process; thread-safe. `feed` fills it and is started by the first look (so after a fork)."""

    def __init__(self, feed: Callable[["Revocations"], None] | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._feed, self._clock = feed, clock
        self._known: dict[str, tuple[float, int | None]] = {}
        self._heard = float("-inf")
        self._complete = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @classmethod
    def none(cls) -> "Revocations":
        """Knows all that there is, nothing, and for ever: for tests and for verifiers that stand apart from the bus."""
        found = cls()
        found.complete()
        found.heard(float("-inf"))
        return found

    @property
    def known(self) -> bool:
        """Whether what was revoked before this process began has been heard."""
        return self._complete.is_set()

    @property
    def fresh(self) -> bool:
        """Whether auth was heard of late: a write on the word of a token needs it."""
        return self._clock() - self._heard <= STALE_AFTER

    def require(self, claims: Claims) -> None:
        """Raises InvalidToken for a revoked token, RevocationsUnknown where `known` is still false."""
        self.start()
        if not self._complete.is_set():
            raise RevocationsUnknown("what was revoked has not been heard yet")
        if not self._known:
            return
        if self._covers(f"sid:{claims.sid}", claims.iat) or self._covers(f"sub:{claims.obo or claims.sub}", claims.iat):
            raise InvalidToken("revoked", "token_revogado")

    def wait(self) -> bool:
        """Until `known`, for at most FIRST_WAIT."""
        self.start()
        return self._complete.wait(FIRST_WAIT)

    def start(self) -> None:
        """Start this process's reader unless it runs. A thread does not survive a fork, hence `is_alive`."""
        if self._feed is None or (self._thread is not None and self._thread.is_alive()):
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._feed, args=(self,), name="revogacoes", daemon=True)
                self._thread.start()

    # --- for the feed

    def learn(self, revocations: Iterable[Revocation]) -> None:
        """Once known a revocation stays for KEEP, and of two of one person the later instant counts."""
        until = self._clock() + KEEP
        with self._lock:
            known = {alvo: item for alvo, item in self._known.items() if item[0] > self._clock()}
            for item in revocations:
                antes = known[item.alvo][1] if item.alvo in known else item.antes
                known[item.alvo] = (until, None if item.antes is None or antes is None else max(antes, item.antes))
            self._known = known

    def heard(self, age: float = 0.0) -> None:
        """auth gave a sign of life `age` seconds ago."""
        self._heard = max(self._heard, self._clock() - age)

    def complete(self) -> None:
        self._complete.set()

    def _covers(self, alvo: str, iat: int) -> bool:
        found = self._known.get(alvo)
        return found is not None and (found[1] is None or iat <= found[1])
