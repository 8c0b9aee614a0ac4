"""Until when whoever asked waits, as `X-Prazo` says in milliseconds since 1970: what comes later is not begun, and what others are
asked for it ends by then.

The gateway writes it anew on each request; a caller past the gateway may send it too, and can only hurry itself.
"""

import re
import time

HEADER = "X-Prazo"
SLACK = 2.0  # seconds that the clocks of two machines may differ
_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)


def parse(header: str | None) -> float | None:
    """Seconds since 1970; None for what is no such instant."""
    return int(header) / 1000 if header and _MILLISECONDS.fullmatch(header) else None


def milliseconds(seconds: float) -> int:
    """What the header says for who waits so long from now on."""
    return int((time.time() + seconds) * 1000)


def header_for(seconds: float) -> str:
    return str(milliseconds(seconds))


def passed(prazo: float | None) -> bool:
    return prazo is not None and time.time() > prazo + SLACK
