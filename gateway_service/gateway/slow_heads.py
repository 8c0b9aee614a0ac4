"""An end to the patience with clients that never finish the head of a request.

gunicorn's asgi worker (27.0.1) has none before the first request of a connection; a later one is under its keep-alive timer.
"""

import sys
from asyncio import BaseTransport
from typing import Any


def cut_off(seconds: float) -> None:
    """From now on a connection whose first head is not there in time is closed. Under another server nothing happens."""
    gasgi: Any = sys.modules.get("gunicorn.workers.gasgi")
    if gasgi is None:
        return

    class Impatient(gasgi.ASGIProtocol):
        def connection_made(self, transport: BaseTransport) -> None:
            super().connection_made(transport)
            # the timer between two requests, which ends with the head of the next
            self._keepalive_handle = self.worker.loop.call_later(seconds, self._keepalive_timeout)

    gasgi.ASGIProtocol = Impatient  # the worker offers no other place for it
