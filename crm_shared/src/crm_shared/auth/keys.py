"""auth's public keys (JWKS), held in process: a request never waits for auth, and auth being down refuses nobody."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from jwt.algorithms import ECAlgorithm

logger = logging.getLogger("crm.chaves")

FETCH_TIMEOUT = 2.0  # seconds
MAX_JWKS_BYTES = 64 * 1024
FIRST_LOAD_RETRY = 1.0  # seconds between attempts while no set was ever loaded


class KeysUnavailable(Exception):
    """No usable set: never loaded, or the last good one is older than a day (503)."""


class UnknownKey(LookupError):
    """The set holds no such kid, at least not yet."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def fetch_jwks(url: str) -> Any:
    """The parsed document at `url`: no proxy, no redirect, bounded in time and size."""
    opener = build_opener(ProxyHandler({}), _NoRedirect)
    with opener.open(url, timeout=FETCH_TIMEOUT) as answer:
        if answer.status != 200:
            raise HTTPError(url, answer.status, "unexpected status", answer.headers, None)
        return json.loads(answer.read(MAX_JWKS_BYTES + 1)[:MAX_JWKS_BYTES])


def public_keys(jwks: Any) -> dict[str, EllipticCurvePublicKey]:
    """kid -> key of every entry that can verify ES256; others (another use, curve or type) are passed over."""
    entries = jwks.get("keys") if isinstance(jwks, Mapping) else None
    keys = {}
    for entry in entries if isinstance(entries, list) else []:
        if _is_ours(entry):
            keys[entry["kid"]] = _public_key(entry)
    if not keys:
        raise ValueError("the document holds no ES256 key")
    return keys


def _is_ours(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("kid"), str)
        and (entry.get("kty"), entry.get("crv")) == ("EC", "P-256")
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "ES256") == "ES256"
        and "d" not in entry
    )


def _public_key(entry: dict[str, Any]) -> EllipticCurvePublicKey:
    key = ECAlgorithm.from_jwk(entry)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a public P-256 key")
    return key


class KeySet:
    """Thread-safe. `get` does no I/O. A daemon thread, started by first use (so after a fork), reloads every 20 seconds:
    a key that was withdrawn is refused by then.

    `refresh` loads on demand, at most once per `demand_every` seconds: many unknown kids cost one request to auth.
    A failed load keeps the last good set for `keep_for` seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], Any] = fetch_jwks,
        refresh_every: float = 20.0,
        demand_every: float = 30.0,
        keep_for: float = 86_400.0,
        background: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._refresh_every, self._demand_every, self._keep_for = refresh_every, demand_every, keep_for
        self._background = background
        self._keys: dict[str, EllipticCurvePublicKey] = {}
        self.generation = 0  # grows when the keys change: what was verified by earlier ones counts no more
        self._loaded_at: float | None = None
        self._demanded_at = float("-inf")
        self._loading = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, jwks: Any) -> "KeySet":
        """A set that never changes and asks nobody, for tests and for auth itself."""
        return cls("", fetch=lambda _url: jwks, background=False)

    @property
    def loaded(self) -> bool:
        return self._loaded_at is not None and self._clock() - self._loaded_at < self._keep_for

    def get(self, kid: str) -> EllipticCurvePublicKey:
        """The key `kid`, without waiting. Raises UnknownKey or KeysUnavailable; `refresh` may cure either."""
        self.start()
        if not self.loaded:
            raise KeysUnavailable("no JWKS was loaded from " + self._url)
        try:
            return self._keys[kid]
        except KeyError:
            raise UnknownKey from None

    def current(self) -> int:
        """The generation of the keys that `get` would answer with."""
        return self.generation

    def may_refresh(self) -> bool:
        """Whether `refresh` would wait for anything: event loops ask this before they spend a thread on it."""
        return self._loading.locked() or self._demand_is_due()

    def refresh(self) -> None:
        """Load now if the demand limit allows it, else wait for the load under way, if any."""
        if not self._loading.acquire(timeout=2 * FETCH_TIMEOUT):
            return
        try:
            if self._demand_is_due():
                self._demanded_at = self._clock()
                self._load()
        finally:
            self._loading.release()

    def start(self) -> None:
        """Start the refresher of this process unless it runs. A thread does not survive a fork, hence `is_alive`."""
        if not self._background or (self._thread is not None and self._thread.is_alive()):
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep_fresh, name="jwks", daemon=True)
                self._thread.start()

    def _demand_is_due(self) -> bool:
        return self._clock() - self._demanded_at >= (self._demand_every if self.loaded else FIRST_LOAD_RETRY)

    def _keep_fresh(self) -> None:
        while True:
            with self._loading:
                self._load()
            # jitter, so that the processes of a machine do not ask auth at the same moment
            time.sleep(self._refresh_every * random.uniform(0.9, 1.1) if self.loaded else FIRST_LOAD_RETRY)

    def _load(self) -> None:
        try:
            keys = public_keys(self._fetch(self._url))
        except Exception as error:  # whatever auth answers must not end the refresher; the last good set stays
            logger.warning("JWKS could not be loaded", extra={"url": self._url, "erro": str(error)})
        else:
            if keys.keys() != self._keys.keys():  # a kid is made of its key
                self.generation += 1
            self._keys, self._loaded_at = keys, self._clock()


class LocalKeys(KeySet):
    """auth's own: read at the source by whoever asks, at most once a second."""

    _LOOK_AGAIN = 1.0

    def __init__(self, read: Callable[[], Any]) -> None:
        super().__init__("", fetch=lambda _url: read(), background=False)

    def current(self) -> int:
        if self._loaded_at is None or self._clock() - self._loaded_at >= self._LOOK_AGAIN:
            self._load()
        return self.generation
