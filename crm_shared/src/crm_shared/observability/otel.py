"""The only module that imports OpenTelemetry, and only `tracing.start` imports it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from importlib.util import find_spec
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from . import tracing
from .context import current

EXPORT_TIMEOUT = 3  # seconds for one batch; a collector that is slow costs spans, never requests
QUEUE = 2048  # spans; more than that waiting are dropped
_wanted_id: ContextVar[int | None] = ContextVar("crm_span_id", default=None)
_ours: ContextVar[bool] = ContextVar("crm_own_span", default=False)


def event_span_id(event_id: str) -> int:
    """The same in every process, so that a consumer finds its parent without being told."""
    return int.from_bytes(sha256(f"evento {event_id}".encode()).digest()[:8], "big") or 1


class Ids(IdGenerator):
    """A trace that begins here bears the id that the logs show."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        return int(current().rastro, 16)

    def generate_span_id(self) -> int:
        return _wanted_id.get() or self._random.generate_span_id()


class OnlyWithinOurs(Sampler):
    """Statements of a loop that looks for work every second belong to no request: they would be traces of one span each."""

    def __init__(self) -> None:
        self._chosen = TracerProvider(shutdown_on_exit=False).sampler  # as OTEL_TRACES_SAMPLER has it

    def should_sample(self, parent_context: Context | None, *arguments: Any, **options: Any) -> SamplingResult:
        if _ours.get() or trace.get_current_span(parent_context).get_span_context().is_valid:
            return self._chosen.should_sample(parent_context, *arguments, **options)
        return SamplingResult(Decision.DROP)

    def get_description(self) -> str:
        return f"OnlyWithinOurs({self._chosen.get_description()})"


class OpenSpan(tracing.Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def set(self, attributes: tracing.Attributes) -> None:
        self._span.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        self._span.set_status(Status(StatusCode.ERROR, reason))


class Exporter:
    def __init__(self, service: str) -> None:
        provider = TracerProvider(
            sampler=OnlyWithinOurs(),
            id_generator=Ids(),
            resource=Resource.create({"service.name": service, "service.namespace": "crm"}),
            shutdown_on_exit=True,
        )
        exporter = OTLPSpanExporter(timeout=EXPORT_TIMEOUT)
        # all that waits goes in one batch, so that a process whose collector hangs ends no later than a timeout or two
        batches = BatchSpanProcessor(exporter, max_queue_size=QUEUE, max_export_batch_size=QUEUE, schedule_delay_millis=1000)
        provider.add_span_processor(batches)
        self._tracer = provider.get_tracer("crm")
        _instrument_stores(provider)

    @contextmanager
    def span(self, name: str, kind: str, attributes: tracing.Attributes) -> Iterator[tracing.Span]:
        token = _ours.set(True)
        try:
            opened = self._tracer.start_span(name, _parent(), SpanKind[kind], attributes)
        finally:
            _ours.reset(token)
        with trace.use_span(opened, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            handle = OpenSpan(opened)
            try:
                yield handle
            except Exception as error:
                handle.fail(type(error).__name__)  # its text may hold what must not leave the service
                raise

    def event_recorded(self, event_id: str, tipo: str) -> None:
        token = _wanted_id.set(event_span_id(event_id))
        try:
            with self.span(f"registrar {tipo}", tracing.PRODUCER, {"messaging.message.id": event_id}):
                pass
        finally:
            _wanted_id.reset(token)

    def live_span_id(self) -> str | None:
        """Of the span in force, if it belongs to the trace in force."""
        here = trace.get_current_span().get_span_context()
        return f"{here.span_id:016x}" if here.is_valid and here.trace_id == int(current().rastro, 16) else None


def _parent() -> Context:
    """The span in force; else the one that the caller named; else that of the event that caused this; else none."""
    context = current()
    trace_id = int(context.rastro, 16)
    if trace.get_current_span().get_span_context().trace_id == trace_id:
        return get_current()
    span_id = int(context.pai, 16) if context.pai else event_span_id(context.causa) if context.causa else 0
    if not span_id:
        return Context()
    remote = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def _instrument_stores(provider: TracerProvider) -> None:
    """Spans of SQL statements with their placeholders, and of MongoDB commands by name: never a value."""
    if find_spec("opentelemetry.instrumentation.psycopg"):
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

        PsycopgInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
    if find_spec("opentelemetry.instrumentation.pymongo"):
        from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

        PymongoInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
