"""What the stack asks of gunicorn beyond its command line.

A worker ends in good order when its master dies. Left to itself after a kill -9 it would hold the port and its idle
connections for another half minute (gunicorn 27.0.1), in which nobody is answered and the new master gives up binding.
"""

import ctypes
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1


def post_fork(server: Any, worker: Any) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
