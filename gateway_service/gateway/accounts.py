"""auth, as the gateway asks it for people in front of a browser and for programs with a key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

from crm_shared.observability.deadlines import header_for
from gateway.upstream import UpstreamClient, UpstreamError, UpstreamRequest, UpstreamResponse, lines

DEADLINE = 5.0  # seconds that somebody waits for auth
_MAX_BYTES = 64 * 1024


class AuthUnavailable(Exception):
    """Nobody was refused, and nobody let in."""


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Said:
    """`wait`: seconds after which to ask again, when auth says so."""

    status: int
    data: dict[str, Any]
    wait: int = 0

    @property
    def pair(self) -> Pair | None:
        return Pair(self.data["access"], self.data["refresh"]) if self.status == 200 else None

    @property
    def challenge(self) -> str:
        """What goes with the code of a second factor, when auth asks for one."""
        return str(self.data["desafio"]) if self.status == 202 else ""


class Accounts:
    """Each raises AuthUnavailable when auth does not answer, or not as it should. `peer`: the person's own address."""

    def __init__(self, auth_url: str, client: UpstreamClient) -> None:
        self._auth_url, self._client = auth_url, client

    async def sign_in(self, body: dict[str, str], peer: str, agent: str) -> Said:
        return await self._post("/auth/login", body, [("x-forwarded-for", peer), ("user-agent", agent)])

    async def answer(self, body: dict[str, str], peer: str, agent: str) -> Said:
        """The second step, of who has a second factor: `desafio` and `codigo`."""
        return await self._post("/auth/login/codigo", body, [("x-forwarded-for", peer), ("user-agent", agent)])

    async def renew(self, refresh: str) -> Pair | None:
        return (await self._post("/auth/refresh", {"refresh": refresh})).pair

    async def exchange(self, key: str, peer: str) -> Said:
        """The short token that an API key stands for."""
        return await self._post("/auth/chaves-api/trocar", {"chave": key}, [("x-forwarded-for", peer)])

    async def sign_out(self, refresh: str) -> None:
        await self._post("/auth/logout", {"refresh": refresh})

    async def by_mail(self, path: str, body: dict[str, str], peer: str) -> Said:
        """Steps that need no token but perhaps one from a message: another password, an invitation."""
        return await self._post(path, body, [("x-forwarded-for", peer)])

    async def passe(self, access: str) -> str | None:
        said = await self._post("/auth/passe", {}, [("authorization", f"Bearer {access}")])
        return str(said.data["passe"]) if said.status == 200 else None

    async def second_factor(self, access: str, step: str, body: dict[str, str] | None, peer: str) -> Said:
        """What the person's own second factor is (no `body`), or a step of changing it; `step` is "" or begins with a slash."""
        path, fields = f"/auth/eu/segundo-fator{step}", [("authorization", f"Bearer {access}"), ("x-forwarded-for", peer)]
        return await (self._post(path, body, fields) if body is not None else self._send("GET", path, fields))

    async def _post(self, path: str, body: dict[str, str], fields: list[tuple[str, str]] | None = None) -> Said:
        sent = orjson.dumps(body)
        head = [("content-type", "application/json"), ("content-length", str(len(sent))), *(fields or [])]
        return await self._send("POST", path, head, sent)

    async def _send(self, method: str, path: str, fields: list[tuple[str, str]], body: bytes | None = None) -> Said:
        sent = () if body is None else (_once(body), len(body))
        try:
            async with asyncio.timeout(DEADLINE):
                head = [
                    (name.encode(), value.encode())
                    for name, value in (("accept", "application/json"), ("x-prazo", header_for(DEADLINE)), *fields)
                ]
                response = await self._client.send(UpstreamRequest(method, self._auth_url, path, lines(head), *sent))
                try:
                    return await _said(response)
                finally:
                    await response.close()
        except (UpstreamError, TimeoutError, ValueError, TypeError) as error:
            raise AuthUnavailable(str(error)) from error


async def _said(response: UpstreamResponse) -> Said:
    """Raises UpstreamError or ValueError for what no auth of ours says."""
    answer = await response.read(_MAX_BYTES)
    if response.status >= 500:
        raise ValueError(f"auth answered {response.status}")
    wait = next((int(value) for name, value in response.headers if name == b"retry-after"), 0)
    return Said(response.status, orjson.loads(answer) if answer else {}, wait)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
