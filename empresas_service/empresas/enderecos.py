"""The addresses of a company: parts of its record, told by its event and by their own."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, NotFound
from crm_shared.events.contracts import empresas as eventos
from crm_shared.events.log import Change, record
from crm_shared.extensions.log import tell
from crm_shared.records import changes

from .models import Empresa, EnderecoEmpresa


@atomic
def criar_endereco(*, ator: Principal, dados: dict[str, Any]) -> EnderecoEmpresa:
    empresa = changes.lock(Empresa, dados["empresa_id"])
    _exigir_sede_unica(empresa, dados.get("tipo", EnderecoEmpresa.Tipo.SEDE))
    endereco = changes.save_new(EnderecoEmpresa(**dados))
    tell("endereco.criado", endereco)
    _contar(empresa, None, endereco)
    return endereco


@atomic
def atualizar_endereco(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> EnderecoEmpresa:
    empresa, endereco = _travar(pk)
    antes = str(endereco)
    _exigir_sede_unica(empresa, dados.get("tipo", endereco.tipo), exceto=pk)
    if mudancas := changes.change(endereco, dados, versao=versao):
        tell("endereco.atualizado", endereco, mudancas)
        _contar(empresa, antes, endereco)
    return endereco


@atomic
def excluir_endereco(*, ator: Principal, pk: UUID, versao: int | None = None) -> EnderecoEmpresa:
    empresa, endereco = _travar(pk)
    tell("endereco.excluido", endereco, changes.soft_delete(endereco, versao=versao))
    _contar(empresa, str(endereco), None)
    return endereco


@atomic
def restaurar_endereco(*, ator: Principal, pk: UUID) -> EnderecoEmpresa:
    empresa, endereco = _travar(pk, deleted=True)
    _exigir_sede_unica(empresa, endereco.tipo, exceto=pk)
    tell("endereco.restaurado", endereco, changes.restore(endereco))
    _contar(empresa, None, endereco)
    return endereco


def _travar(pk: UUID, *, deleted: bool = False) -> tuple[Empresa, EnderecoEmpresa]:
    """The company first, then the part: every writer takes the locks in this order."""
    empresa_id = EnderecoEmpresa.objects.filter(pk=pk).values_list("empresa_id", flat=True).first()
    if empresa_id is None:
        raise NotFound
    return changes.lock(Empresa, empresa_id), changes.lock(EnderecoEmpresa, pk, deleted=deleted)


def _exigir_sede_unica(empresa: Empresa, tipo: str, *, exceto: UUID | None = None) -> None:
    """The company is locked, so this cannot be overtaken; the unique constraint says the same once more."""
    if tipo != EnderecoEmpresa.Tipo.SEDE:
        return
    outra = empresa.enderecos.filter(tipo=tipo, excluido_em__isnull=True).exclude(pk=exceto).first()
    if outra:
        raise Conflict("Esta empresa já tem uma sede.", codigo="duplicado", campo="tipo", registro_id=str(outra.pk))


def _contar(empresa: Empresa, antes: str | None, depois: EnderecoEmpresa | None) -> None:
    """A change among the addresses is a change of the company: new version, one event."""
    changes.touch(empresa)
    mudanca = Change("enderecos", antes, str(depois) if depois else None)
    record(eventos.EmpresaAtualizada.of(empresa), empresa, [mudanca])
