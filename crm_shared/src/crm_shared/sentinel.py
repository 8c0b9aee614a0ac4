"""Redis by its address: one server (`redis://`, `rediss://`), or the primary that Sentinels name at the moment.

`redis+sentinel://:password@host1:26379,host2:26379/0?service_name=crm`: the password is the servers'; Sentinels that want
one too get it as `sentinel_password`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

SCHEME = "redis+sentinel"
PORT = 26379
_SECONDS = 1  # that a Sentinel may take to answer before the next is asked


@dataclass(frozen=True)
class Watched:
    """The parts of such an address. Raises ValueError on what is none."""

    hosts: tuple[tuple[str, int], ...]
    service_name: str
    db: int
    credentials: dict[str, str]
    sentinel_password: str | None

    @classmethod
    def read(cls, address: str) -> "Watched":
        url = urlsplit(address)
        login, _, hosts = url.netloc.rpartition("@")
        user, _, password = login.partition(":")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.scheme != SCHEME or not hosts or not query.get("service_name"):
            raise ValueError(f"not {SCHEME}://:password@host:{PORT},host:{PORT}/0?service_name=name")
        return cls(
            hosts=tuple((host, int(port or PORT)) for host, _, port in (item.partition(":") for item in hosts.split(","))),
            service_name=query["service_name"],
            db=int(url.path.strip("/") or 0),
            credentials={name: unquote(value) for name, value in (("username", user), ("password", password)) if value},
            sentinel_password=query.get("sentinel_password"),
        )

    @property
    def sentinel_options(self) -> dict[str, Any]:
        """How a Sentinel is spoken to: once, for redis-py's own three further tries would take seconds."""
        from redis.backoff import NoBackoff  # settings read this module, and the gateway does without Redis
        from redis.retry import Retry

        once = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS, "retry": Retry(NoBackoff(), 0)}
        return {**once, "password": self.sentinel_password} if self.sentinel_password else once


def is_watched(address: str) -> bool:
    return address.startswith(f"{SCHEME}:")


def cache(address: str, pool_options: dict[str, Any]) -> dict[str, Any]:
    """Django's CACHES entry; `pool_options` go to each connection."""
    found: dict[str, Any] = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": address}
    if not is_watched(address):
        return {**found, "OPTIONS": {"CONNECTION_POOL_KWARGS": pool_options}}
    parts = Watched.read(address)
    options = {
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
        "SENTINELS": list(parts.hosts),
        "SENTINEL_KWARGS": parts.sentinel_options,
        "CONNECTION_POOL_KWARGS": {**pool_options, **parts.credentials},
    }
    return {**found, "LOCATION": f"redis://{parts.service_name}/{parts.db}", "OPTIONS": options}


def client(address: str, **options: Any) -> Any:
    """A client of its own, for who does not share the process's pool; `options` as redis.Redis takes them."""
    from redis import Redis
    from redis.sentinel import Sentinel

    if not is_watched(address):
        return Redis.from_url(address, **options)
    parts = Watched.read(address)
    watchers: Any = Sentinel(parts.hosts, sentinel_kwargs=parts.sentinel_options)  # type: ignore[no-untyped-call]
    return watchers.master_for(parts.service_name, db=parts.db, **parts.credentials, **options)


def asynchronous(address: str, **options: Any) -> Any:
    """The same for asyncio; belongs to one event loop."""
    from redis.asyncio import Redis
    from redis.asyncio.sentinel import Sentinel

    if not is_watched(address):
        return Redis.from_url(address, **options)
    parts = Watched.read(address)
    once = {**parts.sentinel_options, "retry": None}
    watchers: Any = Sentinel(parts.hosts, sentinel_kwargs=once)  # type: ignore[no-untyped-call]
    return watchers.master_for(parts.service_name, db=parts.db, **parts.credentials, **options)


def broker(address: str) -> tuple[str, dict[str, Any]]:
    """The address as Celery spells it, and the transport options that go with it."""
    if not is_watched(address):
        return address, {}
    parts = Watched.read(address)
    login = ":".join(quote(parts.credentials.get(name, ""), safe="") for name in ("username", "password"))
    urls = ";".join(f"sentinel://{login}@{host}:{port}/{parts.db}" for host, port in parts.hosts)
    return urls, {"master_name": parts.service_name, "sentinel_kwargs": parts.sentinel_options}
