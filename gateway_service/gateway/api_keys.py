"""API keys in place of a token: exchanged at auth for a short one, which is what services get."""

from functools import partial
from hashlib import sha256
from typing import NamedTuple

from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from gateway.accounts import Accounts, AuthUnavailable
from gateway.headers import RequestHeaders
from gateway.once import Once
from gateway.problems import Scope, auth_unavailable, not_authenticated

_PREFIX = b"crm_"  # no JWT begins so
_MAX_LENGTH = 200
_REMEMBERED = 10_000  # tokens
_EARLY = 30.0  # seconds before its end that a token is bought anew


class _Bought(NamedTuple):
    access: str
    good: float  # for how many seconds


class ApiKeys:
    """Belongs to one event loop. A token is good for one address alone: a key may be bound to networks."""

    def __init__(self, verifier: TokenVerifier, accounts: Accounts) -> None:
        self._verifier, self._accounts = verifier, accounts
        self._bought: Once[_Bought] = Once(lambda bought: bought.good, _REMEMBERED)

    @staticmethod
    def holds(headers: RequestHeaders) -> bool:
        """Whether the client sent a key."""
        return headers.credentials.startswith(_PREFIX)

    async def admit(self, scope: Scope, headers: RequestHeaders) -> RequestHeaders:
        """With the token that their key stands for. Raises Refusal."""
        key, peer = headers.bearer(), (scope.get("client") or ("",))[0]
        if not key.isascii() or len(key) > _MAX_LENGTH:
            raise not_authenticated("chave_invalida")
        digest, ask = sha256(f"{peer} {key}".encode()).digest(), partial(self._ask, key, peer)
        found = await self._bought.get(digest, ask)
        if not await self._is_good(found.access):
            self._bought.forget(digest)
            found = await self._bought.get(digest, ask)
        return headers.exchange(found.access)

    async def _is_good(self, access: str) -> bool:
        """What its owner may do may have changed: auth tells what it is now, or that the key is no more."""
        try:
            await self._verifier.averify(access)
        except InvalidToken:
            return False
        except KeysUnavailable:
            pass  # or what was revoked: the forwarder says so
        return True

    async def _ask(self, key: str, peer: str) -> _Bought:
        try:
            said = await self._accounts.exchange(key, peer)
        except AuthUnavailable:
            raise auth_unavailable() from None
        if said.status != 200:
            raise not_authenticated("chave_invalida")
        return _Bought(str(said.data["access"]), max(float(said.data["expires_in"]) - _EARLY, 0))
