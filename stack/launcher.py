"""Runs one store: gives up root where asked, dies with its parent, becomes the command.

A script without imports from this package, started as `python -I -S launcher.py UID GID SIGNAL COMMAND...`:
PostgreSQL refuses to run as root, and a store must not outlive a supervisor that was killed with -9.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(uid: int, gid: int, death_signal: str, command: list[str]) -> None:
    if uid != os.getuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, getattr(signal, f"SIG{death_signal}"))
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
