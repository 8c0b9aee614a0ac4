"""The connections to one service: as many as may be at once, kept alive, the warmest first."""

import asyncio

from gateway.upstream.connection import Connection
from gateway.upstream.errors import Refused, Unreachable

CONNECTIONS = 64  # to one service at once; who comes then waits
UPLOADS = CONNECTIONS // 2  # of them at most for bodies that are still on their way: clients that dawdle leave the others room
# Less than the services' own keep-alive (75 s): they never close a connection that a request is just leaving on.
KEEP_ALIVE = 60.0  # seconds
# What cannot be sent again goes out on a connection that was in use so lately: a service that is told to end, or to reload, answers
# two seconds more on each connection that it has (gunicorn's STOP_KEEPALIVE_LINGER), and says that it is the last time.
FRESH = 1.0  # seconds
WAIT = 5.0  # seconds for a free connection


class Pool:
    """`origin`: scheme and authority, as http://127.0.0.1:3002. Belongs to one event loop."""

    def __init__(self, origin: str, connect_timeout: float) -> None:
        scheme, _, host = origin.partition("://")
        name, _, port = host.rpartition(":")
        self.host = host.encode("ascii")
        self._ssl = scheme == "https"
        self._address = (name.strip("[]"), int(port)) if port.isdigit() else (host, 443 if self._ssl else 80)
        self._connect_timeout = connect_timeout
        self._loop = asyncio.get_running_loop()
        self._places, self._uploads = asyncio.Semaphore(CONNECTIONS), asyncio.Semaphore(UPLOADS)
        self._idle: list[Connection] = []

    async def take(self, *, upload: bool = False, repeatable: bool = True) -> tuple[Connection, bool]:
        """A connection, and whether it was used before. It comes back by itself at the end of its exchange.

        `upload`: for a request whose body is still on its way. `repeatable`: for one that may be sent again on another.
        """
        if upload:
            await _place(self._uploads)
        try:
            if self._places.locked():
                await _place(self._places)
            else:
                await self._places.acquire()
            try:
                warm = self._warm(KEEP_ALIVE if repeatable else FRESH)
                connection, reused = (warm, True) if warm else (await self._connect(), False)
            except BaseException:
                self._places.release()
                raise
        except BaseException:
            if upload:
                self._uploads.release()
            raise
        connection.uploads = upload
        return connection, reused

    def _warm(self, seconds: float) -> Connection | None:
        """One that was in use within the last `seconds`; those that were not are ended."""
        while self._idle:
            connection = self._idle.pop()
            if connection.open and self._loop.time() - connection.idle_since < seconds:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> Connection:
        name, port = self._address
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await self._loop.create_connection(lambda: Connection(self._free), name, port, ssl=self._ssl or None)
        except TimeoutError:
            raise Unreachable("no connection in time") from None
        except ConnectionRefusedError as error:
            raise Refused(str(error)) from None
        except OSError as error:
            raise Unreachable(str(error)) from None
        return connection

    def _free(self, connection: Connection, reusable: bool) -> None:
        self._places.release()
        if connection.uploads:
            self._uploads.release()
        if reusable:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)

    def close(self) -> None:
        """The connections that nobody uses."""
        while self._idle:
            self._idle.pop().abort()


async def _place(places: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(WAIT):
            await places.acquire()
    except TimeoutError:
        raise Unreachable("no free connection") from None
