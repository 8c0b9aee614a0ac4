"""Reads that need more than their own table."""

from django.db.models import Prefetch, QuerySet

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis

from .models import Execucao, Fluxo, PassoExecucao


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
