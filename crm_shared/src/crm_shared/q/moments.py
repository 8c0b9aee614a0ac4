"""Days and instants of an expression. Relative ones (`hoje-7d`, `agora-2h`) stay so in the tree: a saved view means them anew each day.

A day is one of the report time zone (America/Sao_Paulo); compared with an instant it means all its moments.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

_RELATIVE = re.compile(r"(hoje|agora)(?:([+-])(\d{1,4})([hdsma]))?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = timedelta(milliseconds=1)  # as exact as MongoDB keeps them


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`."""

    start: datetime
    end: datetime


def read_day(text: str) -> str:
    """A date's own text or a relative one in days, weeks (s), months (m), years (a). ValueError if it is neither."""
    match = _RELATIVE.fullmatch(text)
    if match:
        if match[1] == "agora" or match[4] == "h":
            raise ValueError
        return text
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text).isoformat()


def read_moment(text: str) -> str:
    match = _RELATIVE.fullmatch(text)
    if match:
        if match[1] == "hoje" and match[4] == "h":
            raise ValueError
        return text
    if _DAY.fullmatch(text):
        return date.fromisoformat(text).isoformat()
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC).isoformat()


def day(plain: str, now: datetime) -> date:
    match = _RELATIVE.fullmatch(plain)
    if match is None:
        return date.fromisoformat(plain)
    return _moved(now.astimezone(_zone()).date(), match)


def span(plain: str, now: datetime) -> Span:
    """The moments that a plain value means: a day's, or the one instant."""
    match = _RELATIVE.fullmatch(plain)
    if match and match[1] == "agora":
        hours = int(match[3] or 0) * (-1 if match[2] == "-" else 1)
        at = now + timedelta(hours=hours) if match[4] in ("h", None) else datetime.combine(_moved(now.date(), match), now.timetz())
        return Span(at, at + _INSTANT)
    if match is None and not _DAY.fullmatch(plain):
        at = datetime.fromisoformat(plain)
        return Span(at, at + _INSTANT)
    first = day(plain, now)
    return Span(_midnight(first), _midnight(_plus(first, 1)))


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.REPORT_TIME_ZONE)


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time.min, _zone()).astimezone(UTC) if of < date.max else datetime.max.replace(tzinfo=UTC)


def _moved(start: date, match: re.Match[str]) -> date:
    if not match[2]:
        return start
    amount = int(match[3]) * (-1 if match[2] == "-" else 1)
    if match[4] in ("d", "s"):
        return _plus(start, amount * (7 if match[4] == "s" else 1))
    months = start.year * 12 + start.month - 1 + amount * (12 if match[4] == "a" else 1)
    year = min(max(months // 12, date.min.year), date.max.year)
    month = months % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _plus(start: date, days: int) -> date:
    return date.fromordinal(min(max(start.toordinal() + days, 1), date.max.toordinal()))
