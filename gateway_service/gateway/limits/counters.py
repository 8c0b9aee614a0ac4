"""The counters that all gateways share, in the bus's Redis: asked once at a time, for all who want something meanwhile."""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from crm_shared import sentinel
from gateway.metrics import limits_alone

logger = logging.getLogger("crm.gateway")

PATIENCE = 2.0  # seconds for an answer
PAUSE = 1.0  # seconds between two tries while there is none
_MOST = 500  # draws in one call: the server does nothing else meanwhile

# Half of the limit is drawn ahead; of the rest no more than is wanted at the moment.
_SCRIPT = """
local said = {}
for i, key in ipairs(KEYS) do
  local limit, life, owed, wanted, ahead = unpack(ARGV, 5 * i - 4, 5 * i)
  local total = redis.call('INCRBY', key, owed)
  if 2 * (total + ahead) <= tonumber(limit) then wanted = math.max(wanted, ahead) end
  local granted = math.max(math.min(wanted, limit - total), 0)
  if granted > 0 then total = redis.call('INCRBY', key, granted) end
  redis.call('EXPIRE', key, life)
  said[2 * i - 1], said[2 * i] = granted, total
end
return said
"""


class Draw(NamedTuple):
    """`owed`: given out without asking. `wanted`: now; `ahead`: what may be given instead while there is plenty. `life` in seconds."""

    key: str
    limit: int
    life: int
    owed: int
    wanted: int
    ahead: int


class Drawn(NamedTuple):
    """`total`: what all gateways were given together."""

    granted: int
    total: int


Asked = tuple[Draw, "asyncio.Future[Drawn | None]"]


class Counters:
    """Belongs to one event loop. While Redis is out nobody waits for it: it is tried again beside the requests."""

    def __init__(self, address: str) -> None:
        self._client = sentinel.asynchronous(address, retry=None, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._asked: list[Asked] = []
        self._asking: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None

    async def draw(self, draw: Draw) -> Drawn | None:
        """None while Redis is out."""
        if self._returning is not None:
            return None
        answer: asyncio.Future[Drawn | None] = asyncio.get_running_loop().create_future()
        self._asked.append((draw, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked[:_MOST], self._asked[_MOST:]
                await self._answer(asked)
        finally:
            self._asking = None

    async def _answer(self, asked: list[Asked]) -> None:
        drawn: Sequence[Drawn | None] = [None] * len(asked)
        try:
            drawn = await self._drawn([draw for draw, _ in asked])
        finally:  # whatever happened: nobody is left waiting
            for (_, answer), found in zip(asked, drawn, strict=True):
                if not answer.done():
                    answer.set_result(found)

    async def _drawn(self, draws: list[Draw]) -> Sequence[Drawn | None]:
        if self._returning is not None:
            return [None] * len(draws)
        keys, arguments = [draw.key for draw in draws], [item for draw in draws for item in draw[1:]]
        try:
            async with asyncio.timeout(PATIENCE):
                said = await self._client.eval(_SCRIPT, len(keys), *keys, *arguments)
        except (RedisError, OSError) as error:  # the timeout is an OSError too
            logger.warning("limites contados por processo", extra={"erro": repr(error)})
            limits_alone.inc()
            self._returning = asyncio.create_task(self._return())
            return [None] * len(draws)
        return [Drawn(*pair) for pair in zip(said[::2], said[1::2], strict=True)]

    async def _return(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._client.ping()
            except (RedisError, OSError):
                continue
            self._returning = None
            return

    async def close(self) -> None:
        for task in (self._asking, self._returning):
            if task is not None:
                task.cancel()
        await self._client.aclose()
