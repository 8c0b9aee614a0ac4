"""The W3C trace of one request: the client's when it sent a valid one, else a new one."""

import os
import secrets
from typing import NamedTuple

from crm_shared.observability.context import parse_traceparent


class Trace(NamedTuple):
    """`rastro` is what people quote to support; `traceparent` is what goes to the service and back to the client.

    `pai`: the client's own span, if it has one.
    """

    rastro: str
    traceparent: bytes
    pai: str | None = None

    @classmethod
    def of(cls, traceparents: list[bytes]) -> "Trace":
        """From the request's `traceparent` headers: more than one is as bad as none."""
        if len(traceparents) == 1:
            rastro, pai = parse_traceparent(traceparents[0].decode("latin-1"))
            if rastro:
                return cls(rastro, traceparents[0], pai)
        ids = _ids()
        return cls(ids[:32], f"00-{ids[:32]}-{ids[32:]}-01".encode())

    @property
    def request_id(self) -> bytes:
        """The trace in the shape of a UUID, so that both lead to the same request."""
        rastro = self.rastro
        return f"{rastro[:8]}-{rastro[8:12]}-{rastro[12:16]}-{rastro[16:20]}-{rastro[20:]}".encode()

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"traceparent", self.traceparent), (b"x-rastro", self.rastro.encode())]


_DRAWN = 64
_spare: list[str] = []
os.register_at_fork(after_in_child=_spare.clear)


def _ids() -> str:
    """48 digits for a trace and a span. The system is asked for many at once: each question costs a twentieth of a request."""
    if not _spare:
        digits = secrets.token_hex(24 * _DRAWN)
        _spare.extend(digits[start : start + 48] for start in range(0, len(digits), 48))
    return _spare.pop()
