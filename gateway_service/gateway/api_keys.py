"""API keys in place of a token: exchanged at auth for a short one, which is what services get."""

import asyncio
import time
from dataclasses import dataclass
from hashlib import sha256

from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from gateway.browser.accounts import Accounts, AuthUnavailable
from gateway.headers import RequestHeaders
from gateway.problems import RETRY_AFTER, Refusal, Scope, not_authenticated

PREFIX = "crm_"  # no JWT begins so
_MAX_LENGTH = 200
_REMEMBERED = 10_000  # tokens
_EARLY = 30.0  # seconds before its end that a token is bought anew


@dataclass(frozen=True, slots=True)
class _Bought:
    access: str
    until: float  # of time.monotonic


class ApiKeys:
    """Belongs to one event loop. A token is good for one address alone: a key may be bound to networks."""

    def __init__(self, verifier: TokenVerifier, accounts: Accounts) -> None:
        self._verifier, self._accounts = verifier, accounts
        self._bought: dict[bytes, _Bought] = {}
        self._asking: dict[bytes, asyncio.Task[_Bought]] = {}

    def holds(self, headers: RequestHeaders) -> bool:
        """Whether the client sent a key."""
        return (headers.bearer() or "").startswith(PREFIX)

    async def admit(self, scope: Scope, headers: RequestHeaders) -> None:
        """`headers` with the token that their key stands for. Raises Refusal. `/publico` is for nobody in particular."""
        if scope["raw_path"].startswith(b"/publico"):
            return
        key, peer = headers.bearer() or "", (scope.get("client") or ("",))[0]
        if not key.isascii() or len(key) > _MAX_LENGTH:
            raise not_authenticated("chave_invalida")
        digest = sha256(f"{peer} {key}".encode()).digest()
        found = self._bought.get(digest)
        if found is None or found.until <= time.monotonic() or not await self._is_good(found.access):
            found = await self._buy(digest, key, peer)
        headers.exchange(found.access)

    async def _is_good(self, access: str) -> bool:
        """What its owner may do may have changed: auth tells what it is now, or that the key is no more."""
        try:
            await self._verifier.averify(access)
        except InvalidToken:
            return False
        except KeysUnavailable:  # or what was revoked: the forwarder says so
            return True
        return True

    async def _buy(self, digest: bytes, key: str, peer: str) -> _Bought:
        """Requests that come together ask once."""
        task = self._asking.get(digest)
        if task is None:
            task = self._asking[digest] = asyncio.ensure_future(self._ask(key, peer))
            task.add_done_callback(lambda ended: self._remember(digest, ended))
        return await asyncio.shield(task)

    async def _ask(self, key: str, peer: str) -> _Bought:
        try:
            said = await self._accounts.exchange(key, peer)
        except AuthUnavailable:
            raise Refusal(503, "auth_indisponivel", "O serviço de acesso não respondeu. Tente de novo em instantes.", RETRY_AFTER) from None
        if said.status != 200:
            raise not_authenticated("chave_invalida")
        return _Bought(str(said.data["access"]), time.monotonic() + max(float(said.data["expires_in"]) - _EARLY, 0))

    def _remember(self, digest: bytes, ended: "asyncio.Task[_Bought]") -> None:
        del self._asking[digest]
        if not ended.cancelled() and ended.exception() is None:
            self._bought.pop(digest, None)
            self._bought[digest] = ended.result()
            if len(self._bought) > _REMEMBERED:
                del self._bought[next(iter(self._bought))]
