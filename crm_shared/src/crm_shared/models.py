"""Django finds an app's models here; each stands with the module that works on it."""

from .api.models import ChaveIdempotencia
from .events.models import Arrendamento, CartaMorta, Evento, MensagemRecebida
from .records.references import Referencia

__all__ = ["Arrendamento", "CartaMorta", "ChaveIdempotencia", "Evento", "MensagemRecebida", "Referencia"]
