"""Every write on people and leads: one function, one transaction, one event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.contracts import clientes as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner

from .exceptions import TransicaoNaoPermitida
from .meios import PRINCIPAIS, definir_principal, primeiros_principais
from .models import Cliente, Lead

CPF_EM_USO = "Já existe um cliente com este CPF."


@atomic
def criar_cliente(*, ator: Principal, dados: dict[str, Any]) -> Cliente:
    dados = with_owner(ator, dados, recurso="clientes", creating=True)
    changes.refuse_duplicate(Cliente, campo="cpf", valor=dados.get("cpf"), detail=CPF_EM_USO)
    cliente = changes.save_new(Cliente(**dados))
    primeiros_principais(cliente)
    record(eventos.ClienteCriado.of(cliente), cliente)
    return cliente


@atomic
def atualizar_cliente(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Cliente:
    cliente = changes.lock(Cliente, pk)
    dados = with_owner(ator, dados, recurso="clientes", present=cliente.responsavel_id)
    changes.refuse_duplicate(Cliente, campo="cpf", valor=dados.get("cpf"), exceto=pk, detail=CPF_EM_USO)
    mudancas = changes.change(cliente, dados, versao=versao)
    for item in mudancas:
        if item.campo in PRINCIPAIS:
            definir_principal(cliente, item.campo, item.para)
    if mudancas:
        record(eventos.ClienteAtualizado.of(cliente), cliente, mudancas)
    return cliente


@atomic
def excluir_cliente(*, ator: Principal, pk: UUID, versao: int | None = None) -> Cliente:
    cliente = changes.lock(Cliente, pk)
    mudancas = changes.soft_delete(cliente, versao=versao)
    record(eventos.ClienteExcluido.of(cliente), cliente, mudancas)
    return cliente


@atomic
def restaurar_cliente(*, ator: Principal, pk: UUID) -> Cliente:
    cliente = changes.lock(Cliente, pk, deleted=True)
    changes.refuse_duplicate(Cliente, campo="cpf", valor=cliente.cpf, exceto=pk, detail=CPF_EM_USO)
    mudancas = changes.restore(cliente)
    record(eventos.ClienteRestaurado.of(cliente), cliente, mudancas)
    return cliente


@atomic
def criar_lead(*, ator: Principal, dados: dict[str, Any]) -> Lead:
    dados = with_owner(ator, dados, recurso="leads", creating=True)
    _exigir_cliente(ator, dados["cliente_id"])
    lead = changes.save_new(Lead(**dados))
    record(eventos.LeadCriado.of(lead), lead)
    return lead


def _exigir_cliente(ator: Principal, cliente_id: UUID) -> None:
    """A lead may cite only a person that its author can see: an id alone is no permission."""
    vivos = Cliente.objects.vivos()
    if not visiveis(vivos, ator, "ler", "clientes").filter(pk=cliente_id).exists():
        raise Invalid("Cliente não encontrado.", codigo="inexistente", campo="cliente_id")


@atomic
def atualizar_lead(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Lead:
    lead = changes.lock(Lead, pk)
    dados = with_owner(ator, dados, recurso="leads", present=lead.responsavel_id)
    if "cliente_id" in dados:
        _exigir_cliente(ator, dados["cliente_id"])
    return _gravar_lead(lead, dados, eventos.LeadAtualizado, versao)


@atomic
def excluir_lead(*, ator: Principal, pk: UUID, versao: int | None = None) -> Lead:
    lead = changes.lock(Lead, pk)
    mudancas = changes.soft_delete(lead, versao=versao)
    record(eventos.LeadExcluido.of(lead), lead, mudancas)
    return lead


@atomic
def restaurar_lead(*, ator: Principal, pk: UUID) -> Lead:
    lead = changes.lock(Lead, pk, deleted=True)
    mudancas = changes.restore(lead)
    record(eventos.LeadRestaurado.of(lead), lead, mudancas)
    return lead


@atomic
def contatar_lead(*, ator: Principal, pk: UUID, versao: int | None = None) -> Lead:
    """The first answer to the lead: stops the response clock."""
    lead = _lead_para(pk, Lead.Status.EM_CONTATO)
    valores = {"status": Lead.Status.EM_CONTATO, "respondido_em": lead.respondido_em or timezone.now()}
    return _gravar_lead(lead, valores, eventos.LeadContatado, versao)


@atomic
def qualificar_lead(*, ator: Principal, pk: UUID, versao: int | None = None) -> Lead:
    lead = _lead_para(pk, Lead.Status.QUALIFICADO)
    lead = _gravar_lead(lead, {"status": Lead.Status.QUALIFICADO}, eventos.LeadQualificado, versao)
    _avancar_ciclo(lead.cliente_id, Cliente.CicloVida.QUALIFICADO)
    return lead


@atomic
def converter_lead(*, ator: Principal, pk: UUID, oportunidade_id: UUID, versao: int | None = None) -> Lead:
    """Close the lead as what became this deal, which is cited by its id: vendas knows it."""
    lead = _lead_para(pk, Lead.Status.CONVERTIDO)
    valores = {"status": Lead.Status.CONVERTIDO, "oportunidade_id": oportunidade_id, "convertido_em": timezone.now()}
    lead = _gravar_lead(lead, valores, eventos.LeadConvertido, versao)
    _avancar_ciclo(lead.cliente_id, Cliente.CicloVida.OPORTUNIDADE)
    return lead


@atomic
def desqualificar_lead(*, ator: Principal, pk: UUID, motivo: str, versao: int | None = None) -> Lead:
    lead = _lead_para(pk, Lead.Status.DESQUALIFICADO)
    valores = {"status": Lead.Status.DESQUALIFICADO, "motivo_desqualificacao": motivo}
    return _gravar_lead(lead, valores, eventos.LeadDesqualificado, versao)


@atomic
def reciclar_lead(*, ator: Principal, pk: UUID, versao: int | None = None) -> Lead:
    """Back to the start, with the reason for which it was given up cleared."""
    lead = _lead_para(pk, Lead.Status.NOVO)
    return _gravar_lead(lead, {"status": Lead.Status.NOVO, "motivo_desqualificacao": ""}, eventos.LeadReciclado, versao)


def _lead_para(pk: UUID, status: str) -> Lead:
    lead = changes.lock(Lead, pk)
    if status not in Lead.TRANSICOES[lead.status]:
        raise TransicaoNaoPermitida(
            f"Um lead {lead.get_status_display()} não pode passar a {Lead.Status(status).label}.", atual=lead.status
        )
    return lead


def _gravar_lead(lead: Lead, valores: dict[str, Any], evento: type[eventos.Lead], versao: int | None) -> Lead:
    mudancas: Sequence[Change] = changes.change(lead, valores, versao=versao)
    if mudancas:
        record(evento.of(lead), lead, mudancas)
    return lead


# how far a person has come; who is inactive begins again
_CICLO = (Cliente.CicloVida.INATIVO, Cliente.CicloVida.LEAD, Cliente.CicloVida.QUALIFICADO, Cliente.CicloVida.OPORTUNIDADE)


def _avancar_ciclo(cliente_id: UUID, para: Cliente.CicloVida) -> None:
    """What becomes of a lead takes its person as far, unless the person is further already."""
    cliente = changes.lock(Cliente, cliente_id)
    if cliente.ciclo_vida in _CICLO[: _CICLO.index(para)]:
        mudancas = changes.change(cliente, {"ciclo_vida": para})
        record(eventos.ClienteAtualizado.of(cliente), cliente, mudancas)
