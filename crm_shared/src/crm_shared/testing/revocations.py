"""Stands in for auth on the bus, where processes are tried or measured without it: `with telling(BUS_URL) as tell: tell("sid:...")`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .. import sentinel
from ..auth.revocation import Revocation
from ..auth.revocation_feed import ALIVE, STREAM


@contextmanager
def telling(address: str, stream: str = STREAM, every: float = 1.0) -> Iterator[Callable[..., None]]:
    """Signs of life every `every` seconds; what is given to the function is revoked."""
    bus, stop = sentinel.client(address), threading.Event()

    def live() -> None:
        while not stop.is_set():
            bus.xadd(stream, ALIVE)
            stop.wait(every)

    def tell(alvo: str, antes: int | None = None) -> None:
        bus.xadd(stream, Revocation(alvo, antes).fields())

    bus.xadd(stream, ALIVE)
    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        stop.set()
        thread.join()
        bus.delete(stream)
        bus.close()
