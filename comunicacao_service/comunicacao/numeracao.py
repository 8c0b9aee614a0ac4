"""The code by which people quote a conversation."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from crm_shared.db import mongo_connection
from crm_shared.simulation import simulating

from .models import Contador


def proximo_numero() -> str:
    """CV-2026-00013. Counted outside the transaction, where every new conversation would wait for the others: a number
    may be lost with it, never given twice. A simulated conversation takes none.
    """
    ano = timezone.localdate(timezone=ZoneInfo(settings.REPORT_TIME_ZONE)).year
    contador = f"conversa-{ano}"
    if simulating():
        ultimo = Contador.objects.filter(pk=contador).values_list("valor", flat=True).first() or 0
        return f"CV-{ano}-{ultimo + 1:05d}"
    return f"CV-{ano}-{mongo_connection.next_value(Contador._meta.db_table, contador, 'valor'):05d}"
