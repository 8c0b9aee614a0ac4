"""Whether this server was told to stop: readiness turns false first, so that nobody sends it more, then the work in hand is finished.

The flag lies in memory that gunicorn's master shares with its workers: the master is told, the workers are asked.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    _flag[0] = 1


def draining() -> bool:
    return _flag[0] == 1
