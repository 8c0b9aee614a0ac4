"""The W3C trace of one request: the client's when it sent a valid one, else a new one."""

import secrets
from dataclasses import dataclass

from crm_shared.observability.context import new_trace_id, parse_traceparent


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
        sent = traceparents[0] if len(traceparents) == 1 else b""
        rastro, pai = parse_traceparent(sent.decode("latin-1"))
        if rastro:
            return cls(rastro, sent, pai)
        rastro = new_trace_id()
        return cls(rastro, f"00-{rastro}-{secrets.token_hex(8)}-01".encode())

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"traceparent", self.traceparent), (b"x-rastro", self.rastro.encode())]
