"""How many requests a person, an API key or an address may make within a window of time, over all gateways together."""

from gateway.limits.counters import Counters
from gateway.limits.limit import Limit, counted_as

__all__ = ["Counters", "Limit", "counted_as"]
