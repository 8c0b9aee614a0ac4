"""What `manage.py eventos` does on a clock."""

from django.utils import timezone

from .models import Conversa
from .services import reabrir_adiada


def reabrir_adiadas() -> int:
    """Open the conversations whose wait is over. Answers how many."""
    agora = timezone.now()
    vencidas = Conversa.objects.vivos().filter(estado=Conversa.Estado.ADIADA, adiada_ate__lte=agora)
    return sum(reabrir_adiada(pk, agora) for pk in list(vencidas.order_by("id").values_list("pk", flat=True)[:500]))
