from dataclasses import fields
from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.events.contracts import empresas
from crm_shared.events.log import record
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner

from .models import Coisa


def evento(coisa: Coisa, contract: type[empresas.Empresa]) -> empresas.Empresa:
    blank = {item.name: "" for item in fields(contract) if not hasattr(coisa, item.name) and item.name not in coisa.told()}
    return contract.of(coisa, **blank)


@atomic
def criar_coisa(*, ator: Principal, dados: dict[str, Any]) -> Coisa:
    coisa = changes.save_new(Coisa(**with_owner(ator, dados, recurso="empresas", creating=True)))
    record(evento(coisa, empresas.EmpresaCriada), coisa)
    return coisa


@atomic
def atualizar_coisa(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Coisa:
    coisa = changes.lock(Coisa, pk)
    dados = with_owner(ator, dados, recurso="empresas", present=coisa.responsavel_id)
    mudancas = changes.change(coisa, dados, versao=versao)
    if mudancas:
        record(evento(coisa, empresas.EmpresaAtualizada), coisa, mudancas)
    return coisa


@atomic
def excluir_coisa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Coisa:
    coisa = changes.lock(Coisa, pk)
    record(evento(coisa, empresas.EmpresaExcluida), coisa, changes.soft_delete(coisa, versao=versao))
    return coisa


@atomic
def restaurar_coisa(*, ator: Principal, pk: UUID) -> Coisa:
    coisa = changes.lock(Coisa, pk, deleted=True)
    record(evento(coisa, empresas.EmpresaRestaurada), coisa, changes.restore(coisa))
    return coisa
