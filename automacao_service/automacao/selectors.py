"""Reads that need more than their own table."""

from datetime import timedelta

from django.db.models import Count, Prefetch, QuerySet
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis

from .models import Execucao, Fluxo, PassoExecucao, PassoSaga, Saga
from .sagas.registro import DEFINICOES


def fluxos_que_ouvem(evento_tipo: str) -> QuerySet[Fluxo]:
    """Active flows whose published version starts by this event."""
    ativos = Fluxo.objects.vivos().filter(estado=Fluxo.Estado.ATIVO, versao_publicada__evento_tipo=evento_tipo)
    return ativos.select_related("versao_publicada").order_by("id")


def execucoes_completas() -> QuerySet[Execucao]:
    passos = PassoExecucao.objects.order_by("ordem")
    return Execucao.objects.select_related("fluxo", "versao_fluxo").prefetch_related(Prefetch("passos", passos))


def execucoes_visiveis(execucoes: QuerySet[Execucao], principal: Principal, acao: str) -> QuerySet[Execucao]:
    """A run is seen by who sees its flow, also when the flow is deleted."""
    return execucoes.filter(fluxo__in=visiveis(Fluxo.objects.all(), principal, acao, "automacao"))


def sagas_completas() -> QuerySet[Saga]:
    passos = PassoSaga.objects.order_by("grupo", "ordem")
    return Saga.objects.select_related("responsavel", "equipe").prefetch_related(Prefetch("passos", passos))


def sagas_visiveis(sagas: QuerySet[Saga], principal: Principal, acao: str) -> QuerySet[Saga]:
    """A saga is seen as what it works on: one about a lead by who sees the starter's leads, if leads at all."""
    por_recurso: dict[str, set[str]] = {}
    for (tipo, _), definicao in DEFINICOES.items():
        if principal.has(f"{definicao.recurso}:{acao}"):
            por_recurso.setdefault(definicao.recurso, set()).add(tipo)
    partes = [visiveis(sagas.filter(tipo__in=tipos), principal, acao, recurso) for recurso, tipos in por_recurso.items()]
    vistas = sagas.none()
    for parte in partes:
        vistas = vistas | parte
    return vistas


# without progress for so long a saga is stuck, and somebody should look
DEMORA = timedelta(minutes=5)


def sagas_por_estado() -> dict[str, int]:
    """How many are under way, by state: cheap, for what has ended is not counted."""
    contadas = dict(Saga.objects.filter(estado__in=Saga.WAITING).order_by().values_list("estado").annotate(Count("id")))
    return {str(estado): contadas.get(estado, 0) for estado in Saga.WAITING}


def sagas_paradas() -> QuerySet[Saga]:
    """Under way and without progress for DEMORA, the longest first."""
    ate = timezone.now() - DEMORA
    return Saga.objects.filter(estado__in=Saga.WAITING, progresso_em__lt=ate).order_by("progresso_em")
