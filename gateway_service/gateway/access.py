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
WRITE_AT = 200  # lines
CLIENT_LEFT = 499
PATH_MAX = 512
# a path with none of these holds no e-mail, number or token; ids of records have few digits in a row
_SUSPICIOUS = re.compile(rb"[@%.]|\d{8}|eyJ")


@dataclass(slots=True)
class Outcome:
    """Filled in on the way. What is left as it was: the client did not wait for an answer, and no service was asked."""

    servico: str = ""
    status: int = CLIENT_LEFT


class AccessLog:
    def __init__(self, service: str) -> None:
        self._service = service
        self._lines: list[bytes] = []
        self._enabled = logging.getLogger("crm.gateway").isEnabledFor(logging.INFO)

    def note(self, method: str, raw_path: bytes, outcome: Outcome, seconds: float, trace: Trace) -> None:
        method = method if method in METHODS else "outro"
        requests, durations = _observers(method, raw_path[1:8] if outcome.servico else b"", outcome.servico, outcome.status)
        requests.inc()
        durations.observe(seconds)
        if not self._enabled:
            return
        line = {
            "hora": _now(),
            "level": "error" if outcome.status >= 500 else "info",
            "servico": self._service,
            "rastro": trace.rastro,
            "mensagem": "requisicao",
            "metodo": method,
            "caminho": _shown(raw_path),
            "status": outcome.status,
            "ms": round(seconds * 1000, 1),
            "servico_chamado": outcome.servico,
        }
        self._append(orjson.dumps(line))

    def _append(self, line: bytes) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(WRITE_AFTER, self.write)
        self._lines.append(line)
        if len(self._lines) >= WRITE_AT:
            self.write()

    def write(self) -> None:
        if self._lines:
            text, self._lines = b"\n".join([*self._lines, b""]), []
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()


@lru_cache(maxsize=4096)
def _observers(method: str, prefix: bytes, servico: str, status: int) -> tuple[Any, Any]:
    """`prefix`: enough of the path to tell /gateway, /auth and /publico apart. What no service was asked for has no route."""
    first = next((name for name in ("gateway", "publico") if name.encode() == prefix), "")
    route = f"/{first}/{servico}" if first and servico else f"/{servico}" if servico else "desconhecida"
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)


def _now() -> str:
    seconds, micros = divmod(time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{micros:06d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _shown(raw_path: bytes) -> str:
    if len(raw_path) <= PATH_MAX and not _SUSPICIOUS.search(raw_path):
        return raw_path.decode("latin-1")
    return masked(raw_path[:PATH_MAX].decode("latin-1"))
