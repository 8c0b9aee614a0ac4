"""How runs and sagas ask the other services: for whom, and what a failed call means to the one who made it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.conf import settings

from crm_shared.auth.service_tokens import ServiceTokens
from crm_shared.client import Refused, ServiceClient, ServiceError, TryAgain
from crm_shared.events.failures import is_outage
from crm_shared.observability.logs import get_logger, masked

logger = get_logger("automacao.chamadas")

T = TypeVar("T")


@cache
def fichas() -> ServiceTokens:
    return ServiceTokens(settings.SERVICE, ServiceClient(settings.AUTH_URL), settings.SERVICE_KEY_FILE)


@lru_cache(maxsize=256)
def cliente_de(servico: str, obo: str | None) -> ServiceClient:
    """The service as that user may use it now; without one, as we may ourselves."""
    return ServiceClient(getattr(settings, f"{servico.upper()}_URL"), fichas().acting(servico, obo))


@dataclass(frozen=True)
class Falha:
    """`definitiva`: the same call will be refused again. `status` is 0 when no answer came.

    `em_curso`: nothing failed, what was asked for goes on; how far it is.
    """

    codigo: str
    detalhe: str
    definitiva: bool = False
    status: int = 0
    em_curso: dict[str, Any] | None = None


class EmCurso(Exception):
    """A service works on what it was asked for: to be asked about again, however long it takes. `saida`: how far it is."""

    def __init__(self, saida: dict[str, Any]) -> None:
        super().__init__("O serviço ainda trabalha no que lhe foi pedido.")
        self.saida = saida


def tentar(chamada: Callable[[], T]) -> T | Falha:
    """What `chamada` answers, or why it does not. A store of ours that is out is no failure of the call, and raises."""
    try:
        return chamada()
    except EmCurso as error:
        return Falha("aguardando_servico", str(error), em_curso=error.saida)
    except Refused as error:
        return Falha(error.codigo or f"recusado_{error.status}", _detalhe(error), definitiva=True, status=error.status)
    except TryAgain as error:
        return Falha(error.codigo or "servico_indisponivel", _detalhe(error), status=error.status)
    except Exception as error:  # a step may fail in any way; its row tells it, the others go on
        if is_outage(error):
            raise
        logger.error("passo falhou", exc_info=error)
        return Falha("erro_interno", type(error).__name__)


def _detalhe(error: ServiceError) -> str:
    campos = "; ".join(f"{item.get('campo', '')}: {item.get('codigo', '')}" for item in error.erros)
    return masked(f"{error} {campos}".strip())
