"""Verification of access tokens: ES256 only, every claim required. Nothing here can sign, nothing knows a framework."""

import asyncio
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from jwt import PyJWS
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_decode

from .claims import Claims, InvalidToken, ServiceToken, read_claims, strict_object
from .keys import KeySet, KeysUnavailable, UnknownKey
from .revocation import Revocations, RevocationsUnknown

__all__ = ["Claims", "InvalidToken", "KeysUnavailable", "RevocationsUnknown", "TokenVerifier"]

MAX_TOKEN_CHARS = 8 * 1024
LEEWAY = 5  # seconds of clock difference
CACHE_SECONDS = 60
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_HEADER_FIELDS = {"alg", "typ", "kid"}  # so no jku, jwk, x5u, x5c, crit, b64, zip: nothing in a token names its own key
_JWS = PyJWS(algorithms=["ES256"])


class TokenVerifier:
    """Accepts tokens of `issuer` for one of `audiences` that were not revoked; with `people_only` no service token (the gateway)."""

    def __init__(
        self,
        keys: KeySet,
        issuer: str,
        audiences: Iterable[str],
        *,
        revocations: Revocations | None = None,
        people_only: bool = False,
        cache_size: int = 10_000,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys, self._issuer, self._audiences = keys, issuer, frozenset(audiences)
        self._revocations = revocations or Revocations.none()
        self._people_only = people_only
        self._cache = _VerifiedTokens(cache_size)
        self._now = now

    @property
    def knows_revocations(self) -> bool:
        """Whether this process has heard what was revoked before it began; until then it lets nobody in."""
        return self._revocations.known

    @property
    def fresh(self) -> bool:
        """Whether a write may rely on a token: auth was heard of within the last seconds."""
        return self._revocations.fresh

    def start(self) -> None:
        """Have keys and revocations fetched, without waiting, so that the first token is verified also when auth is down by then."""
        self._keys.start()
        self._revocations.start()

    def verify(self, token: str) -> Claims:
        """The claims of `token`. Raises InvalidToken (401), KeysUnavailable or RevocationsUnknown (503).

        May wait for auth once in 30 s, and for the revocations when the process has only just begun.
        """
        try:
            claims = self._verify(token)
        except (UnknownKey, KeysUnavailable):
            self._keys.refresh()
            claims = self._verify_finally(token)
        if not self._revocations.known:
            self._revocations.wait()
        self._revocations.require(claims)
        return claims

    async def averify(self, token: str) -> Claims:
        """`verify` for an event loop: what waits runs in a thread."""
        try:
            claims = self._verify(token)
        except (UnknownKey, KeysUnavailable):
            if self._keys.may_refresh():
                await asyncio.to_thread(self._keys.refresh)
            claims = self._verify_finally(token)
        if not self._revocations.known:
            await asyncio.to_thread(self._revocations.wait)
        self._revocations.require(claims)
        return claims

    def _verify_finally(self, token: str) -> Claims:
        try:
            return self._verify(token)
        except UnknownKey:
            raise InvalidToken("kid is not in the JWKS") from None

    def _verify(self, token: str) -> Claims:
        if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise InvalidToken("not a compact JWS of at most 8 KiB")
        digest = sha256(token.encode("ascii")).digest()
        now = self._now()
        generation = self._keys.current()
        self._cache.keep_to(generation)
        claims = self._cache.get(digest, now)
        if claims is None:
            claims = self._check_signature_and_claims(token)
            self._check_times(claims, now)
            self._cache.put(digest, claims, now, generation)
        elif now >= claims.exp + LEEWAY:
            raise InvalidToken("exp", "token_expirado")
        return claims

    def _check_signature_and_claims(self, token: str) -> Claims:
        if not _COMPACT.fullmatch(token):
            raise InvalidToken("not a compact JWS")
        header = _header(token)
        if set(header) != _HEADER_FIELDS or header["alg"] != "ES256" or header["typ"] != "at+jwt":
            raise InvalidToken("header")
        kid = header["kid"]
        if not isinstance(kid, str) or not _KID.fullmatch(kid):
            raise InvalidToken("kid")
        try:
            payload = _JWS.decode(token, self._keys.get(kid), algorithms=["ES256"])
        except PyJWTError as error:
            raise InvalidToken(f"signature: {error}") from None
        claims = read_claims(strict_object(payload, "claims"), self._issuer)
        if self._people_only and claims.is_service:
            raise ServiceToken("a service's token where only people's are accepted")
        if self._audiences.isdisjoint(claims.aud):
            raise InvalidToken("aud names another service")
        return claims

    @staticmethod
    def _check_times(claims: Claims, now: float) -> None:
        if now >= claims.exp + LEEWAY:
            raise InvalidToken("exp", "token_expirado")
        if max(claims.nbf, claims.iat) > now + LEEWAY:
            raise InvalidToken("nbf or iat is in the future")


def _header(token: str) -> dict[str, Any]:
    """The header as sent, read before anything is verified. PyJWT refuses what is not canonical base64url later."""
    try:
        text = base64url_decode(token.split(".", 1)[0])
    except ValueError:
        raise InvalidToken("header is not base64url") from None
    return strict_object(text, "header")


class _VerifiedTokens:
    """Bounded LRU of successes by sha256 of the token; an entry lives for `CACHE_SECONDS`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()
        self._generation = 0
        self._lock = threading.Lock()

    def keep_to(self, generation: int) -> None:
        """Forget all when the keys are others than those by which it was verified."""
        if generation != self._generation:
            with self._lock:
                self._generation = generation
                self._entries.clear()

    def get(self, digest: bytes, now: float) -> Claims | None:
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None:
                return None
            if not 0 <= now - entry[0] < CACHE_SECONDS:  # a clock that was set back also ends it
                del self._entries[digest]
                return None
            self._entries.move_to_end(digest)
            return entry[1]

    def put(self, digest: bytes, claims: Claims, now: float, generation: int) -> None:
        with self._lock:
            if generation != self._generation:
                return
            self._entries[digest] = (now, claims)
            self._entries.move_to_end(digest)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
