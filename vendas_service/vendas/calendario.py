"""Days as the company counts them: a deal that closes at 22:00 in São Paulo closed that day, not on the next one in UTC."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

ZONA = ZoneInfo(settings.REPORT_TIME_ZONE)


def dia(instante: datetime) -> date:
    return timezone.localdate(instante, ZONA)


def hoje() -> date:
    return timezone.localdate(timezone=ZONA)


def meio_dia(data: date) -> datetime:
    """The instant that stands for a day without hour: the one that no zone or summer time moves to another day.

    In UTC, as every instant here: the difference of two times of one zone ignores the summer time between them.
    """
    return datetime.combine(data, time(12), ZONA).astimezone(UTC)


def inicio_do_dia(data: date) -> datetime:
    return datetime.combine(data, time.min, ZONA)
