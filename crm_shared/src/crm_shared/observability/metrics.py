"""Counters and histograms of a process, and the page on which Prometheus reads them. docs/observability.md lists the names.

Those of one kind of process stand where it says them (events/telemetry.py, jobs/telemetry.py), so that others do not show zeros.

With several web workers set PROMETHEUS_MULTIPROC_DIR: whichever worker answers then tells of all of them.
"""

import os
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

REQUESTS = Counter("crm_http_requests", "Requests answered.", ["metodo", "rota", "status"])
REQUEST_SECONDS = Histogram("crm_http_request_duration_seconds", "From request to answer.", ["metodo", "rota"], buckets=BUCKETS)
CALLS = Histogram("crm_client_call_duration_seconds", "Calls to other services.", ["servico", "metodo", "status"], buckets=BUCKETS)
STORE_ERRORS = Counter("crm_store_errors", "Requests and turns that failed because a store was out.", ["armazenamento"])

Source = Callable[[], Iterator[Metric]]
_sources: list[Source] = []


class _Sources(Collector):
    """What is read when Prometheus asks, such as the age of the oldest event that waits."""

    def collect(self) -> Iterator[Metric]:
        for source in _sources:
            yield from source()


def read_at_scrape(source: Source) -> None:
    """`source` gives its metrics whenever the page is asked for; it must not fail and not take long."""
    if not _sources:
        REGISTRY.register(_Sources())
    if source not in _sources:
        _sources.append(source)


def exposition() -> tuple[str, bytes]:
    """Content type and body of /metrics, without the time at which each series began, which would double it."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return CONTENT_TYPE_LATEST, generate_latest(_registry())


def _registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    if _sources:
        registry.register(_Sources())
    return registry


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """`route` is a template of the URLconf: a raw path would make a series of its own for every record."""
    method = method if method in METHODS else "outro"
    REQUESTS.labels(method, route, str(status)).inc()
    REQUEST_SECONDS.labels(method, route).observe(seconds)


def count_store_error(error: BaseException) -> None:
    STORE_ERRORS.labels("barramento" if type(error).__module__.startswith("redis") else "banco").inc()
