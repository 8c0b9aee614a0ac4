"""Who and why, for the length of one request, message or job: read by logs, events, problems and outgoing calls."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True)
class Context:
    """`rastro`: W3C trace id, 32 hex digits. `causa`: id of the event that caused this. `ator`: the token's `sub`.

    `pai`: id of the span of another process under which this goes on, 16 hex digits, where it is known.
    `prazo`: until when somebody waits for it, in seconds since 1970 (deadlines.py).
    """

    rastro: str
    causa: str | None = None
    ator: str | None = None
    pai: str | None = None
    prazo: float | None = None


_current: ContextVar[Context | None] = ContextVar("crm_context", default=None)


def new_trace_id() -> str:
    return secrets.token_hex(16)


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id of a valid W3C `traceparent` header, else None."""
    return parse_traceparent(traceparent)[0]


def parse_traceparent(header: str | None) -> tuple[str | None, str | None]:
    """Trace id and span id of a valid W3C `traceparent` header, else two times None."""
    match = _TRACEPARENT.fullmatch(header or "")
    return (match[1], match[2]) if match and int(match[1], 16) and int(match[2], 16) else (None, None)


def current() -> Context:
    """The context in force; outside of any (a shell, a migration) a new one with its own trace."""
    context = _current.get()
    if context is None:
        context = Context(rastro=new_trace_id())
        _current.set(context)
    return context


def set_actor(ator: str) -> None:
    _current.set(replace(current(), ator=ator))


def set_cause(causa: str) -> None:
    _current.set(replace(current(), causa=causa))


@contextmanager
def working_as(
    *, rastro: str | None = None, causa: str | None = None, ator: str | None = None, pai: str | None = None, prazo: float | None = None
) -> Iterator[Context]:
    """Run a block under a context of its own: one HTTP request, one message, one job."""
    token = _current.set(Context(rastro=rastro or new_trace_id(), causa=causa, ator=ator, pai=pai, prazo=prazo))
    try:
        yield current()
    finally:
        _current.reset(token)
