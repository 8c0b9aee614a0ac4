"""A saga's changes of state: each a version of the row and an event."""

from django.utils import timezone

from crm_shared.events.contracts import automacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes

from ..models import PassoSaga, Saga, TravaSaga
from .definicao import Definicao

Estado = Saga.Estado
_DEIXAM_RASTRO = (PassoSaga.Estado.EXECUTANDO, PassoSaga.Estado.FALHOU, PassoSaga.Estado.CONCLUIDO)


def mudar_estado(linha: Saga, estado: str, evento: type[eventos.Saga]) -> None:
    de, linha.estado = linha.estado, estado
    linha.progresso_em = timezone.now()
    changes.touch(linha)
    record(evento.of(linha), linha, [Change("estado", str(de), str(estado))])


def interromper(linha: Saga, erro: str, detalhe: str) -> Saga:
    """From here it goes back."""
    linha.erro, linha.erro_detalhe, linha.proxima_em = erro[:60], detalhe[:500], timezone.now()
    mudar_estado(linha, Estado.COMPENSANDO, eventos.SagaInterrompida)
    return linha


def terminar(linha: Saga, estado: str) -> Saga:
    """Its target is free again, and so is what it locked."""
    linha.terminada_em, linha.arrendada_ate, linha.chave, linha.passo_atual = timezone.now(), None, None, ""
    TravaSaga.objects.filter(saga=linha).delete()
    mudar_estado(linha, estado, eventos.SagaConcluida if estado == Estado.CONCLUIDA else eventos.SagaCompensada)
    return linha


def a_desfazer(saga: Saga, definicao: Definicao) -> PassoSaga | None:
    """The last step that may have left something, whether its answer is known or not; None when nothing is left."""
    registros = PassoSaga.objects.filter(saga=saga, grupo=saga.grupo, estado__in=_DEIXAM_RASTRO).order_by("-ordem")
    return next((registro for registro in registros if not definicao.passos[registro.ordem].le), None)
