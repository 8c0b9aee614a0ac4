"""Which fields of a service's answer reach the client: all but hop-by-hop and what is the gateway's own affair."""

from collections.abc import Iterable

from gateway.headers import Headers
from gateway.trace import Trace

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# No page of another origin may read an answer, whatever a service says.
CORS = frozenset(
    b"access-control-" + name
    for name in (
        b"allow-origin",
        b"allow-credentials",
        b"allow-methods",
        b"allow-headers",
        b"allow-private-network",
        b"expose-headers",
        b"max-age",
    )
)
# Besides hop-by-hop: which server a service runs on is nobody's business, and the trace fields are the gateway's own.
NOT_RETURNED = HOP_BY_HOP | CORS | {b"server", b"traceparent", b"x-rastro"}


def towards_client(fields: Iterable[tuple[bytes, bytes]], trace: Trace, own: bytes = b"") -> Headers:
    """The answer's fields in their order, repeated ones still apart.

    `own`: the path under which the service keeps its addresses, which for clients lie below /gateway.
    """
    kept: Headers = []
    dropped: set[bytes] = set()
    for name, value in fields:
        if name not in NOT_RETURNED:
            kept.append((name, b"/gateway" + value if name == b"location" and own and value.startswith(own) else value))
        elif name == b"connection":
            dropped.update(token.strip().lower() for token in value.split(b","))
        elif name == b"transfer-encoding":
            dropped.add(b"content-length")
    if not dropped.isdisjoint(name for name, _ in kept):
        kept = [field for field in kept if field[0] not in dropped]
    kept += trace.headers()
    return kept
