"""Working days and the day's limits in the company's zone.

Working days are Monday to Friday but national holidays and, when a UF is given, that state's own.
Optional days off (Carnaval outside RJ, Corpus Christi) are working days, municipal holidays are not known.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings
from django.utils import timezone

ANOS = (1900, 2200)  # the first and last year of any date here: instants around the ends of time overflow


def fuso() -> ZoneInfo:
    return ZoneInfo(settings.REPORT_TIME_ZONE)


def hoje() -> date:
    return timezone.localdate(timezone=fuso())


def inicio_do_dia(dia: date) -> datetime:
    return datetime.combine(dia, time.min, fuso())


def fim_do_dia(dia: date) -> datetime:
    return datetime.combine(dia, time.max, fuso())


@lru_cache(maxsize=256)
def feriados(ano: int, uf: str = "") -> dict[date, str]:
    """The national holidays of a year, and those of the state `uf`, by date."""
    return dict(holidays.country_holidays("BR", subdiv=uf or None, years=ano, language="pt_BR"))


def feriado(dia: date, uf: str = "") -> str:
    """The holiday's name, or ""."""
    return feriados(dia.year, uf).get(dia, "")


def e_dia_util(dia: date, uf: str = "") -> bool:
    return dia.weekday() < 5 and not feriado(dia, uf)


def somar_dias_uteis(inicio: date, dias: int, uf: str = "") -> date:
    """The working day that lies `dias` working days after `inicio`; with 0 `inicio` itself or the next working day."""
    dia = inicio
    while dias == 0 and not e_dia_util(dia, uf):
        dia += timedelta(days=1)
    for _ in range(dias):
        dia += timedelta(days=1)
        while not e_dia_util(dia, uf):
            dia += timedelta(days=1)
    return dia


def feriados_entre(inicio: date, fim: date, uf: str = "") -> Iterator[tuple[date, str]]:
    """The holidays after `inicio` and up to `fim` that took a working day away."""
    for ano in range(inicio.year, fim.year + 1):
        for dia, nome in sorted(feriados(ano, uf).items()):
            if inicio < dia <= fim and dia.weekday() < 5:
                yield dia, nome
