"""Figures as text."""

import os
import sys
from collections.abc import Sequence
from statistics import median, quantiles


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the report alone."""
    print(text, file=sys.stderr, flush=True)


def highest(values: Sequence[float], digits: int = 0) -> str:
    return f"{max(values):.{digits}f} ({median(values):.{digits}f})"


def lowest(values: Sequence[float], digits: int = 0) -> str:
    return f"{min(values):.{digits}f} ({median(values):.{digits}f})"


def percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


def machine() -> str:
    """Whether others were at work is half of any figure."""
    return f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}."
