"""What carrying out a run and a saga have in common: the claim, the context, and leaving off when the row is another's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from crm_shared.crash_points import point
from crm_shared.jobs.rows import Lost, claim
from crm_shared.observability.context import working_as
from crm_shared.observability.logs import get_logger

from .models import Execucao, Saga

logger = get_logger("automacao.motor")

J = TypeVar("J", Execucao, Saga)


def conduzir(modelo: type[J], pk: UUID, percorrer: Callable[[J], J]) -> None:
    """Work off what is due of the row `pk`; nothing if another worker has it, or it is over."""
    linha: Any = claim(modelo, pk, arrendamento())
    if linha is None:
        return
    nome = modelo._meta.model_name or ""
    with working_as(rastro=linha.rastro, causa=linha.causa or None, ator=f"svc:{settings.SERVICE}"):
        try:
            point("trabalhador.antes_do_passo")
            linha = percorrer(linha)
        except Lost:
            logger.warning(f"{nome} perdida para outro trabalhador ou cancelada", extra={nome: str(pk)})
        else:
            logger.info(nome, extra={nome: str(pk), "estado": str(linha.estado), "erro": linha.erro})


def arrendamento() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)
