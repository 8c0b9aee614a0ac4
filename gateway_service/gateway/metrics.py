"""What Prometheus learns of the gateway beyond requests: the services' failures, the breakers and the limits."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from prometheus_client import Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.breaker import Breaker

_FAILURES = Counter("crm_gateway_upstream_failures", "Requests that a service did not answer.", ["servico", "tipo"])

_LIMITED = Counter("crm_gateway_limited", "Requests that were refused because a limit was reached.", ["limite"])
limits_alone = Counter("crm_gateway_limits_alone", "How often the limits' counters in Redis were lost.")


@cache
def limited(limite: str) -> Any:
    """`limite`: pessoa or endereco."""
    return _LIMITED.labels(limite)


@cache
def failures(servico: str, tipo: str) -> Any:
    """`tipo`: Refused, Unreachable, TimedOut or Broken."""
    return _FAILURES.labels(servico, tipo)


class BreakerMetrics:
    def __init__(self, breakers: Mapping[str, Breaker]) -> None:
        self._breakers = breakers

    def __call__(self) -> Iterator[Metric]:
        state = GaugeMetricFamily("crm_gateway_breaker_state", "0 closed, 1 trying, 2 open.", labels=["servico"])
        opened = CounterMetricFamily("crm_gateway_breaker_opened", "How often the breaker opened.", labels=["servico"])
        for name, breaker in self._breakers.items():
            state.add_metric([name], breaker.state)
            opened.add_metric([name], breaker.opened)
        yield state
        yield opened
