"""Django finds an app's models here; each stands with the module that works on it."""

from .api.models import ChaveIdempotencia
from .events.models import Arrendamento, CartaMorta, Evento, MensagemRecebida
from .extensions.models import Anexo, CampoPersonalizado, Marcador, Nota, ValorExtra, Visao
from .imports.models import ChaveVista, Importacao
from .operations.models import ItemOperacao, Operacao
from .records.references import Referencia

__all__ = [
    "Anexo",
    "Arrendamento",
    "CampoPersonalizado",
    "CartaMorta",
    "ChaveIdempotencia",
    "ChaveVista",
    "Evento",
    "Importacao",
    "ItemOperacao",
    "Marcador",
    "MensagemRecebida",
    "Nota",
    "Operacao",
    "Referencia",
    "ValorExtra",
    "Visao",
]
