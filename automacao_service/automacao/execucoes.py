"""What people do to runs: repeat one that ended badly, cancel one that has not ended."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.records import changes

from .exceptions import TransicaoNaoPermitida
from .fila import enfileirar
from .models import Execucao

EM_ABERTO = (Execucao.Estado.NA_FILA, Execucao.Estado.EXECUTANDO, Execucao.Estado.AGUARDANDO)
_REPETIVEIS = (Execucao.Estado.FALHOU, Execucao.Estado.CANCELADA)


@atomic
def repetir_execucao(*, ator: Principal, pk: UUID, versao: int | None = None) -> Execucao:
    """Go on from the step that failed, under the same key and the same version of the flow."""
    execucao = _em(pk, _REPETIVEIS, "Só se repete uma execução que falhou ou foi cancelada.")
    agora = timezone.now()
    valores = {"estado": Execucao.Estado.NA_FILA, "proxima_em": agora, "enfileirada_em": agora, "terminada_em": None}
    changes.change(execucao, {**valores, "erro": "", "erro_detalhe": ""}, versao=versao)
    execucao.passos.filter(passo=execucao.passo_atual).update(tentativa=0)
    transaction.on_commit(partial(enfileirar, execucao))
    return execucao


@atomic
def cancelar_execucao(*, ator: Principal, pk: UUID, versao: int | None = None) -> Execucao:
    """A step under way may still take effect; what it answers is no longer written and no other step follows."""
    execucao = _em(pk, EM_ABERTO, "Esta execução já terminou.")
    valores = {"estado": Execucao.Estado.CANCELADA, "terminada_em": timezone.now(), "arrendada_ate": None}
    changes.change(execucao, valores, versao=versao)
    return execucao


def _em(pk: UUID, estados: tuple[str, ...], senao: str) -> Execucao:
    execucao = changes.lock(Execucao, pk)
    if execucao.estado not in estados:
        raise TransicaoNaoPermitida(senao, atual=str(execucao.estado))
    return execucao
