"""What the gateway says about each request: a log line and an observation, on a budget of a few microseconds.

The lines have the form of all others (crm_shared.observability.logs) and go past `logging`, which costs as much as half a
forwarded request; they are written together, a moment later.
"""

import asyncio
import logging
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns
from typing import Any

import orjson

from crm_shared.observability.masking import masked
from crm_shared.observability.metrics import METHODS, REQUEST_SECONDS, REQUESTS
from gateway.trace import Trace

WRITE_AFTER = 0.1  # seconds
WRITE_AT = 50  # lines: so many hold up the loop for half a millisecond
CLIENT_LEFT = 499
PATH_MAX = 512
# a path with none of these holds no e-mail, number or token; ids of records have few digits in a row
_SUSPICIOUS = re.compile(rb"[@%.]|\d{8}|eyJ")


@dataclass(slots=True)
class Outcome:
    """Filled in on the way. What is left as it was: the client did not wait for an answer, and no service was asked."""

    servico: str = ""
    status: int = CLIENT_LEFT


Noted = tuple[int, str, bytes, Outcome, float, str]  # when, in nanoseconds since 1970; method; path; outcome; seconds; trace


class AccessLog:
    """Belongs to one event loop. Nobody waits for a line: what is noted is counted and written a moment later."""

    def __init__(self, service: str) -> None:
        self._service = orjson.dumps(service)
        self._noted: list[Noted] = []
        self._enabled = logging.getLogger("crm.gateway").isEnabledFor(logging.INFO)

    def note(self, method: str, raw_path: bytes, outcome: Outcome, seconds: float, trace: Trace) -> None:
        if not self._noted:
            asyncio.get_running_loop().call_later(WRITE_AFTER, self.write)
        self._noted.append((time_ns(), method if method in METHODS else "outro", raw_path, outcome, seconds, trace.rastro))
        if len(self._noted) >= WRITE_AT:
            self.write()

    def write(self) -> None:
        noted, self._noted = self._noted, []
        _count(noted)
        if noted and self._enabled:
            sys.stdout.buffer.write(b"".join(map(self._line, noted)))
            sys.stdout.buffer.flush()

    def _line(self, noted: Noted) -> bytes:
        hora, method, raw_path, outcome, seconds, rastro = noted
        level = b"error" if outcome.status >= 500 else b"info"
        who = (_instant(hora), level, self._service, rastro.encode())
        return _LINE % (*who, method.encode(), _shown(raw_path), outcome.status, seconds * 1000, outcome.servico.encode())


_LINE = (
    b'{"hora":"%b","level":"%b","servico":%b,"rastro":"%b","mensagem":"requisicao",'
    b'"metodo":"%b","caminho":%b,"status":%d,"ms":%.1f,"servico_chamado":"%b"}\n'
)


def _count(noted: list[Noted]) -> None:
    """Those of one kind together: each look at a counter takes a lock."""
    kinds: dict[tuple[str, bytes, str, int], list[float]] = {}
    for _, method, raw_path, outcome, seconds, _ in noted:
        prefix = raw_path[1:8] if outcome.servico else b""
        kinds.setdefault((method, prefix, outcome.servico, outcome.status), []).append(seconds)
    for kind, durations in kinds.items():
        requests, observed = _observers(*kind)
        requests.inc(len(durations))
        for seconds in durations:
            observed.observe(seconds)


@lru_cache(maxsize=4096)
def _observers(method: str, prefix: bytes, servico: str, status: int) -> tuple[Any, Any]:
    """`prefix`: enough of the path to tell /gateway, /auth and /publico apart. What no service was asked for has no route."""
    first = next((name for name in ("gateway", "publico") if name.encode() == prefix), "")
    route = f"/{first}/{servico}" if first and servico else f"/{servico}" if servico else "desconhecida"
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)


def _instant(nanoseconds: int) -> bytes:
    seconds, micros = divmod(nanoseconds // 1000, 1_000_000)
    return b"%b.%06dZ" % (_second(seconds), micros)


@lru_cache(maxsize=1)
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


@lru_cache(maxsize=1024)
def _shown(raw_path: bytes) -> bytes:
    """As a JSON string."""
    if len(raw_path) <= PATH_MAX and not _SUSPICIOUS.search(raw_path):
        return orjson.dumps(raw_path.decode("latin-1"))
    return orjson.dumps(masked(raw_path[:PATH_MAX].decode("latin-1")))
