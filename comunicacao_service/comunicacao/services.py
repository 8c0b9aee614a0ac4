"""Every write on conversations: one function, one transaction, one event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.contracts import comunicacao as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner
from crm_shared.records.references import CLIENTE, EMPRESA, cite

from .canais import exigir_canal
from .exceptions import CanalDefinitivo, CanalInativo, TransicaoNaoPermitida
from .models import Conversa, Identidade
from .numeracao import proximo_numero


@atomic
def criar_conversa(*, ator: Principal, dados: dict[str, Any]) -> Conversa:
    if not exigir_canal(dados["canal_id"]).ativo:
        raise CanalInativo
    dados = with_owner(ator, dados, recurso="comunicacao", creating=True)
    identidade = _exigir_identidade(ator, dados.get("identidade_id"), dados["canal_id"])
    if identidade and not dados.get("cliente_id"):
        dados = {**dados, "cliente_id": identidade.cliente_id}
    _citar(dados)
    conversa = changes.save_new(Conversa(**dados, numero=proximo_numero()))
    record(eventos.ConversaAberta.of(conversa), conversa)
    return conversa


def _exigir_identidade(ator: Principal, identidade_id: UUID | None, canal_id: UUID) -> Identidade | None:
    """A conversation may cite only an identity of its own channel that its author can see."""
    if identidade_id is None:
        return None
    vivas = Identidade.objects.vivos().filter(canal_id=canal_id, pk=identidade_id)
    identidade: Identidade | None = visiveis(vivas, ator, "ler", "comunicacao").first()
    if identidade is None:
        raise Invalid("Identidade não encontrada neste canal.", codigo="inexistente", campo="identidade_id")
    return identidade


def _citar(dados: dict[str, Any]) -> None:
    cite(CLIENTE, dados.get("cliente_id"))
    cite(EMPRESA, dados.get("empresa_id"))


@atomic
def atualizar_conversa(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Conversa:
    conversa = changes.lock(Conversa, pk)
    if dados.get("canal_id", conversa.canal_id) != conversa.canal_id:
        raise CanalDefinitivo
    dados = with_owner(ator, dados, recurso="comunicacao", present=conversa.responsavel_id)
    if dados.get("identidade_id", conversa.identidade_id) != conversa.identidade_id:
        _exigir_identidade(ator, dados["identidade_id"], conversa.canal_id)
    _citar(dados)
    return gravar(conversa, dados, eventos.ConversaAtualizada, versao)


@atomic
def excluir_conversa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Conversa:
    conversa = changes.lock(Conversa, pk)
    mudancas = changes.soft_delete(conversa, versao=versao)
    record(eventos.ConversaExcluida.of(conversa), conversa, mudancas)
    return conversa


@atomic
def restaurar_conversa(*, ator: Principal, pk: UUID) -> Conversa:
    conversa = changes.lock(Conversa, pk, deleted=True)
    mudancas = changes.restore(conversa)
    record(eventos.ConversaRestaurada.of(conversa), conversa, mudancas)
    return conversa


@atomic
def atribuir_conversa(*, ator: Principal, pk: UUID, versao: int | None = None, **dono: UUID | None) -> Conversa:
    """To a person, a team or both; without either, to whoever asks."""
    conversa = changes.lock(Conversa, pk)
    dados = with_owner(ator, dono or {"responsavel_id": ator.usuario_id}, recurso="comunicacao", present=conversa.responsavel_id)
    return gravar(conversa, dados, eventos.ConversaAtribuida, versao)


@atomic
def resolver_conversa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Conversa:
    conversa = _conversa_para(pk, Conversa.Estado.RESOLVIDA)
    valores = {
        "estado": Conversa.Estado.RESOLVIDA,
        "resolvida_em": timezone.now(),
        "adiada_ate": None,
        "aguardando_desde": None,
        "nao_lidas": 0,
    }
    return gravar(conversa, valores, eventos.ConversaResolvida, versao)


@atomic
def reabrir_conversa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Conversa:
    return gravar(_conversa_para(pk, Conversa.Estado.ABERTA), REABERTA, eventos.ConversaReaberta, versao)


@atomic
def adiar_conversa(*, ator: Principal, pk: UUID, ate: datetime, versao: int | None = None) -> Conversa:
    """Out of sight until `ate`, when it opens again by itself (tasks.reabrir_adiadas), or until the customer writes."""
    if ate <= timezone.now():
        raise Invalid("Informe um momento no futuro.", codigo="no_passado", campo="ate")
    conversa = _conversa_para(pk, Conversa.Estado.ADIADA)
    return gravar(conversa, {"estado": Conversa.Estado.ADIADA, "adiada_ate": ate}, eventos.ConversaAdiada, versao)


@atomic
def reabrir_adiada(pk: UUID, agora: datetime) -> bool:
    """The wait is over; False when somebody came first."""
    conversa = Conversa.objects.vivos().filter(pk=pk, estado=Conversa.Estado.ADIADA, adiada_ate__lte=agora).first()
    if conversa is None:
        return False
    gravar(conversa, REABERTA, eventos.ConversaReaberta)
    return True


REABERTA = {"estado": Conversa.Estado.ABERTA, "adiada_ate": None, "resolvida_em": None}


def _conversa_para(pk: UUID, estado: str) -> Conversa:
    conversa = changes.lock(Conversa, pk)
    if estado not in Conversa.TRANSICOES[conversa.estado]:
        atual, novo = conversa.get_estado_display(), Conversa.Estado(estado).label
        raise TransicaoNaoPermitida(f"Uma conversa {atual} não pode passar a {novo}.", atual=conversa.estado)
    return conversa


def gravar(conversa: Conversa, valores: dict[str, Any], evento: type[eventos.Conversa], versao: int | None = None) -> Conversa:
    mudancas: Sequence[Change] = changes.change(conversa, valores, versao=versao)
    if mudancas:
        record(evento.of(conversa), conversa, mudancas)
    return conversa
