"""The services' own OpenAPI documents, kept and asked for again by their ETags; a service that is down keeps its last one."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from crm_shared.english import ENGLISH
from crm_shared.english.openapi import turned
from gateway.merging import merge
from gateway.upstream import UpstreamClient, UpstreamError, UpstreamRequest, lines

TIMEOUT = 10.0  # seconds; a service makes its document at the first question, which takes a busy machine a while
FRESH = 60.0  # seconds between questions, fewer while a service is missing
FRESH_INCOMPLETE = 5.0
MAX_BYTES = 16 * 1024 * 1024


@dataclass
class Kept:
    document: dict[str, Any]
    etag: str


class Catalogue:
    """`services`: name -> origin. Belongs to one event loop."""

    def __init__(self, services: Mapping[str, str], client: UpstreamClient, language: str) -> None:
        self._services, self._client, self._language = services, client, language
        self._kept: dict[str, Kept] = {}
        self._merged: tuple[bytes, str] = (b"", "")
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def merged(self) -> tuple[bytes, str]:
        """The document of all services as JSON, and its ETag. Never fails: what cannot be had is named as missing."""
        async with self._asking:
            if time.monotonic() >= self._until:
                await self._renew()
        return self._merged

    async def _renew(self) -> None:
        before = {name: kept.etag for name, kept in self._kept.items()}
        await asyncio.gather(*(self._ask(name) for name in self._services))
        missing = self._services.keys() - self._kept.keys()
        self._until = time.monotonic() + (FRESH_INCOMPLETE if missing else FRESH)
        if not self._merged[0] or before != {name: kept.etag for name, kept in self._kept.items()}:
            known = {name: self._kept[name].document for name in self._services if name in self._kept}
            # in a thread: to put a megabyte together would hold up the requests in flight
            self._merged = await asyncio.to_thread(_rendered, known, sorted(missing), self._language)

    async def _ask(self, name: str) -> None:
        kept = self._kept.get(name)
        fields = [(b"accept-language", self._language.encode())] + ([(b"if-none-match", kept.etag.encode("latin-1"))] if kept else [])
        request = UpstreamRequest("GET", self._services[name], "/schema/", lines(fields))
        try:
            async with asyncio.timeout(TIMEOUT):
                found = await self._answer(request)
            if found is not None:
                self._kept[name] = found
        except (UpstreamError, TimeoutError, ValueError):
            return  # the last good one stays

    async def _answer(self, request: UpstreamRequest) -> Kept | None:
        """None when the service says that nothing changed, or nothing that is of use."""
        response = await self._client.send(request)
        try:
            if response.status != 200:
                return None
            body = await response.read(MAX_BYTES)
        finally:
            await response.close()
        document = orjson.loads(body)
        if not isinstance(document, dict) or "paths" not in document:
            raise ValueError("not an OpenAPI document")
        etag = next((value.decode("latin-1") for key, value in response.headers if key == b"etag"), "")
        return Kept(document, etag or f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _rendered(documents: dict[str, dict[str, Any]], missing: list[str], language: str) -> tuple[bytes, str]:
    merged = merge(documents, missing)
    body = orjson.dumps(turned(merged) if language == ENGLISH else merged)
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
