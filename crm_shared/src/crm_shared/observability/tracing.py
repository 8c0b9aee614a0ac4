"""Spans for an OpenTelemetry collector, under the trace id that the logs and answers show as `rastro`.

Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry is imported and all of this costs a comparison.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from .context import current

if TYPE_CHECKING:
    from .otel import Exporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL = "SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"

Attributes = Mapping[str, str | int]

_exporter: "Exporter | None" = None


class Span:
    """What the code under observation may say about itself; this one, for when nobody listens, forgets it."""

    traceparent = ""

    def name(self, name: str) -> None: ...
    def set(self, attributes: Attributes) -> None: ...
    def fail(self, reason: str) -> None: ...


_NOBODY = Span()


def start(service: str) -> None:
    """Begin to export, in the process that does the work: exporter threads do not outlive a fork."""
    global _exporter
    if _exporter is None and any(os.environ.get(name) for name in ENDPOINTS):
        from .otel import Exporter

        _exporter = Exporter(service)


def active() -> bool:
    return _exporter is not None


@contextmanager
def span(name: str, kind: str = INTERNAL, attributes: Attributes | None = None) -> Iterator[Span]:
    """One piece of work under the current context. Attributes go by the names of OpenTelemetry's conventions."""
    if _exporter is None:
        yield _NOBODY
    else:
        with _exporter.span(name, kind, attributes or {}) as opened:
            yield opened


def nothing() -> AbstractContextManager[Span]:
    """In the place of `span` where none is wanted."""
    return nullcontext(_NOBODY)


def event_recorded(event_id: str, tipo: str) -> None:
    """The point from which everything that the event causes hangs, in whichever process."""
    if _exporter is not None:
        _exporter.event_recorded(event_id, tipo)


def traceparent() -> str:
    """The header that carries the current trace to the next service: the span in force, else the last one known."""
    return f"00-{current().rastro}-{parent_id() or secrets.token_hex(8)}-01"


def parent_id() -> str | None:
    """The span under which another process should go on."""
    live = _exporter.live_span_id() if _exporter is not None else None
    return live or current().pai
