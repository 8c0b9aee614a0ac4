"""The W3C trace of one request: the client's when it sent a valid one, else a new one."""

import secrets
from dataclasses import dataclass

from crm_shared.observability.context import parse_traceparent


@dataclass(frozen=True, slots=True)
class Trace:
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
        ids = secrets.token_hex(24)  # of the trace and of a span
        return cls(ids[:32], f"00-{ids[:32]}-{ids[32:]}-01".encode())

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"traceparent", self.traceparent), (b"x-rastro", self.rastro.encode())]
