"""gunicorn's asgi worker with our own connections: `gunicorn -k gateway.server.worker.Worker`.

Of gunicorn's settings it knows those of its base and keepalive, worker_connections, max_requests, graceful_timeout and the
three limit_request_*. Without access log, hooks of single requests, HTTP/2, websockets and the PROXY protocol: the gateway uses none.

gunicorn's master loads this package, and workers that it forks after a SIGHUP have it from there: it imports nothing of the application.
"""

import asyncio
import os
from typing import Any

from django.conf import settings
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.asgi.lifespan import LifespanManager, LifespanStartupFailed  # type: ignore[import-untyped]
from gunicorn.workers.gasgi import ASGIWorker  # type: ignore[import-untyped]

from gateway.server.connection import Connection
from gateway.server.head import Limits

ROUND = 0.5  # seconds between looks at the connections' deadlines
UNLIMITED = 1 << 20  # bytes, or fields: where gunicorn's settings say 0


class Worker(ASGIWorker):
    loop: asyncio.AbstractEventLoop

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._connections: dict[Connection, None] = {}
        cfg = self.cfg
        self.limits = Limits(
            cfg.limit_request_line or UNLIMITED, cfg.limit_request_field_size or UNLIMITED, cfg.limit_request_fields or UNLIMITED
        )
        self.keep_alive: float = cfg.keepalive

    # -- for the connections --

    def opened(self, connection: Connection) -> None:
        """Over the bound the oldest one that waits for its client makes room; when all are at work the new one must go."""
        self._connections[connection] = None
        self.nr_conns += 1
        if self.nr_conns > self.worker_connections:
            next((other for other in self._connections if other.idle), connection).abort()

    def closed(self, connection: Connection) -> None:
        del self._connections[connection]
        self.nr_conns -= 1

    def count(self) -> None:
        """A request was served."""
        self.nr += 1
        if self.nr >= self.max_requests:
            self.log.info("worker ends: max_requests")
            self.alive = False

    def takes_more(self) -> bool:
        """Whether a connection may stay after the answer that is just beginning."""
        return bool(self.alive and self.keep_alive and self.nr + 1 < self.max_requests)

    # -- gunicorn's side --

    async def _serve(self) -> None:
        await self._begin()
        self.head_timeout: float = settings.HEAD_TIMEOUT
        self.client_timeout: float = settings.CLIENT_TIMEOUT
        context = self._get_ssl_context()
        for listener in self.sockets:
            self.servers.append(await self.loop.create_server(lambda: Connection(self), sock=listener.sock, ssl=context))
        rounds = self.loop.create_task(self._look_round())
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(1.0)
        self.alive = False
        for connection in self._connections:
            connection.drain()
        await self._shutdown()
        rounds.cancel()

    async def _begin(self) -> None:
        """The application's own start: one that says that it failed ends gunicorn, one that knows no such thing is served."""
        self.lifespan = LifespanManager(self.asgi, self.log, self.state)
        try:
            await self.lifespan.startup()
        except LifespanStartupFailed as error:
            self.log.error("ASGI lifespan startup failed: %s", error)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from error
        except Exception as error:
            self.log.debug("ASGI lifespan not supported by app: %s", error)
            self.lifespan = None

    async def _look_round(self) -> None:
        """One timer for all: one for each request would cost more than most of what is done for it."""
        while True:
            await asyncio.sleep(ROUND)
            now = self.loop.time()
            for connection in [item for item in self._connections if item.deadline < now]:
                connection.expire()
