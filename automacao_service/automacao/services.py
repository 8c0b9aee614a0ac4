"""Every write on flows: one function, one transaction, one event."""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.events.contracts import automacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner

from .definicao import conferir, resumo
from .exceptions import FluxoSemPassos, SomenteODono, TransicaoNaoPermitida
from .execucoes import EM_ABERTO
from .models import Execucao, Fluxo, VersaoFluxo
from .restritos import recusar_no_fluxo

Estado = Fluxo.Estado


@atomic
def criar_fluxo(*, ator: Principal, dados: dict[str, Any]) -> Fluxo:
    dados = {"passos": [], **with_owner(ator, dados, recurso="automacao", creating=True)}
    conferir(dados["gatilho"], dados["passos"])
    recusar_no_fluxo(ator, dados["gatilho"], dados["passos"])
    fluxo = changes.save_new(Fluxo(**dados, evento_tipo=dados["gatilho"]["evento"], ultima_versao=1))
    _guardar_versao(fluxo)
    record(_evento(eventos.FluxoCriado, fluxo), fluxo)
    return fluxo


@atomic
def atualizar_fluxo(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Fluxo:
    """A changed definition becomes a new version; what runs is still the published one, until somebody publishes."""
    fluxo = changes.lock(Fluxo, pk)
    dados = with_owner(ator, dados, recurso="automacao", present=fluxo.responsavel_id)
    dados = _com_definicao(ator, fluxo, _com_novo_dono(fluxo, dados))
    mudancas = changes.change(fluxo, dados, versao=versao)
    if "ultima_versao" in dados:
        _guardar_versao(fluxo)
    if mudancas:
        record(_evento(eventos.FluxoAtualizado, fluxo), fluxo, mudancas)
    return fluxo


def _com_novo_dono(fluxo: Fluxo, dados: dict[str, Any]) -> dict[str, Any]:
    """A flow acts with its owner's rights: it rests until the new owner has set it going."""
    mudou = "responsavel_id" in dados and dados["responsavel_id"] != fluxo.responsavel_id
    return {**dados, "estado": Estado.PAUSADO} if mudou and fluxo.estado == Estado.ATIVO else dados


def _com_definicao(ator: Principal, fluxo: Fluxo, dados: dict[str, Any]) -> dict[str, Any]:
    gatilho, passos = dados.get("gatilho", fluxo.gatilho), dados.get("passos", fluxo.passos)
    if resumo(gatilho, passos) == resumo(fluxo.gatilho, fluxo.passos):
        return dados
    conferir(gatilho, passos)
    recusar_no_fluxo(ator, gatilho, passos)
    return {**dados, "evento_tipo": gatilho["evento"], "ultima_versao": fluxo.ultima_versao + 1}


def _guardar_versao(fluxo: Fluxo) -> None:
    VersaoFluxo.objects.create(
        fluxo=fluxo,
        numero=fluxo.ultima_versao,
        gatilho=fluxo.gatilho,
        passos=fluxo.passos,
        evento_tipo=fluxo.evento_tipo,
        hash=resumo(fluxo.gatilho, fluxo.passos),
    )


@atomic
def excluir_fluxo(*, ator: Principal, pk: UUID, versao: int | None = None) -> Fluxo:
    """Its runs under way end with it; restored, it waits for its owner to resume it."""
    fluxo = changes.lock(Fluxo, pk)
    parada = []
    if fluxo.estado == Estado.ATIVO:
        parada = [Change("estado", str(fluxo.estado), str(Estado.PAUSADO))]
        fluxo.estado = Estado.PAUSADO
    mudancas = changes.soft_delete(fluxo, versao=versao)
    _cancelar_execucoes(fluxo)
    record(_evento(eventos.FluxoExcluido, fluxo), fluxo, [*mudancas, *parada])
    return fluxo


@atomic
def restaurar_fluxo(*, ator: Principal, pk: UUID) -> Fluxo:
    fluxo = changes.lock(Fluxo, pk, deleted=True)
    mudancas = changes.restore(fluxo)
    record(_evento(eventos.FluxoRestaurado, fluxo), fluxo, mudancas)
    return fluxo


@atomic
def publicar_fluxo(*, ator: Principal, pk: UUID, versao: int | None = None) -> Fluxo:
    """Put the latest version in force."""
    fluxo = _do_dono(ator, pk)
    ultima = fluxo.versoes.get(numero=fluxo.ultima_versao)
    if fluxo.estado == Estado.ARQUIVADO or (fluxo.estado == Estado.ATIVO and fluxo.versao_publicada_id == ultima.pk):
        raise TransicaoNaoPermitida("O fluxo está arquivado ou esta versão já está publicada.", atual=str(fluxo.estado))
    if not ultima.passos:
        raise FluxoSemPassos
    conferir(ultima.gatilho, ultima.passos)  # the events may have changed since it was written
    recusar_no_fluxo(ator, ultima.gatilho, ultima.passos)
    valores = {"estado": Estado.ATIVO, "versao_publicada_id": ultima.pk, "publicado_em": timezone.now()}
    mudancas = changes.change(fluxo, valores, versao=versao)
    fluxo.versao_publicada = ultima
    record(_evento(eventos.FluxoPublicado, fluxo), fluxo, mudancas)
    return fluxo


@atomic
def pausar_fluxo(*, ator: Principal, pk: UUID, versao: int | None = None) -> Fluxo:
    """No event starts it any more; runs under way go on to their end."""
    fluxo = changes.lock(Fluxo, pk)
    return _passar(fluxo, (Estado.ATIVO,), Estado.PAUSADO, eventos.FluxoPausado, versao)


@atomic
def retomar_fluxo(*, ator: Principal, pk: UUID, versao: int | None = None) -> Fluxo:
    fluxo = _do_dono(ator, pk)
    return _passar(fluxo, (Estado.PAUSADO,), Estado.ATIVO, eventos.FluxoRetomado, versao)


@atomic
def arquivar_fluxo(*, ator: Principal, pk: UUID, versao: int | None = None) -> Fluxo:
    fluxo = changes.lock(Fluxo, pk)
    fluxo = _passar(fluxo, (Estado.RASCUNHO, Estado.ATIVO, Estado.PAUSADO), Estado.ARQUIVADO, eventos.FluxoArquivado, versao)
    _cancelar_execucoes(fluxo)
    return fluxo


def _do_dono(ator: Principal, pk: UUID) -> Fluxo:
    """Who sets a flow going lends it his or her rights; nobody can lend another's."""
    fluxo = changes.lock(Fluxo, pk)
    if ator.usuario_id is None or fluxo.responsavel_id != ator.usuario_id:
        raise SomenteODono(campo="responsavel_id")
    return fluxo


def _passar(fluxo: Fluxo, de: tuple[str, ...], para: str, evento: type[eventos.Fluxo], versao: int | None) -> Fluxo:
    if fluxo.estado not in de:
        raise TransicaoNaoPermitida(
            f"Um fluxo {fluxo.get_estado_display()} não pode passar a {Estado(para).label}.", atual=str(fluxo.estado)
        )
    mudancas = changes.change(fluxo, {"estado": para}, versao=versao)
    record(_evento(evento, fluxo), fluxo, mudancas)
    return fluxo


def _cancelar_execucoes(fluxo: Fluxo) -> None:
    """A worker that holds one of them finds out when it wants to write."""
    agora = timezone.now()
    Execucao.objects.filter(fluxo=fluxo, estado__in=EM_ABERTO).update(
        estado=Execucao.Estado.CANCELADA, terminada_em=agora, arrendada_ate=None, versao=F("versao") + 1, atualizado_em=agora
    )


def _evento(evento: type[eventos.Fluxo], fluxo: Fluxo) -> eventos.Fluxo:
    publicada = fluxo.versao_publicada
    return evento.of(fluxo, versao_publicada=publicada.numero if publicada else None)
