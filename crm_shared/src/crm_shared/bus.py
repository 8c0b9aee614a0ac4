"""The process's connection pool to Redis (or Valkey), opened on first use; its timeouts stand in base_settings.CACHES."""

from typing import Any

from django_redis import get_redis_connection


def connection() -> Any:
    return get_redis_connection("default")


def stream_of(service: str) -> str:
    """The stream on which `service` publishes its events."""
    return f"ev:{service}"
