"""Every write on companies: one function, one transaction, one event."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError

from crm_shared.auth.principal import Principal
from crm_shared.auth.visibility import visiveis
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Forbidden, Invalid
from crm_shared.events.contracts import empresas as eventos
from crm_shared.events.log import record
from crm_shared.identity.documents import clean_cnpj
from crm_shared.identity.errors import IdentityError
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner

from .grupo import exigir_controladora
from .models import Empresa, EnderecoEmpresa

CNPJ_EM_USO = "Já existe uma empresa com este CNPJ."
_FAIXAS = ((9, "ate_9"), (49, "10_a_49"), (99, "50_a_99"), (499, "100_a_499"))


@atomic
def criar_empresa(*, ator: Principal, dados: dict[str, Any]) -> Empresa:
    """`dados["enderecos"]` may hold the first addresses."""
    enderecos = dados.get("enderecos", [])
    dados = {nome: valor for nome, valor in dados.items() if nome != "enderecos"}
    dados = with_owner(ator, com_derivados(dados, Empresa()), recurso="empresas", creating=True)
    changes.refuse_duplicate(Empresa, campo="cnpj", valor=dados.get("cnpj"), detail=CNPJ_EM_USO)
    exigir_controladora(ator, dados.get("controladora_id"))
    empresa = changes.save_new(Empresa(**dados))
    for endereco in enderecos:
        changes.save_new(EnderecoEmpresa(empresa=empresa, **endereco))
    record(eventos.EmpresaCriada.of(empresa), empresa)
    return empresa


@atomic
def atualizar_empresa(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Empresa:
    empresa = changes.lock(Empresa, pk)
    dados = with_owner(ator, com_derivados(dados, empresa), recurso="empresas", present=empresa.responsavel_id)
    changes.refuse_duplicate(Empresa, campo="cnpj", valor=dados.get("cnpj"), exceto=pk, detail=CNPJ_EM_USO)
    if dados.get("controladora_id") != empresa.controladora_id:
        exigir_controladora(ator, dados.get("controladora_id"), de=pk)
    mudancas = changes.change(empresa, dados, versao=versao)
    if mudancas:
        record(eventos.EmpresaAtualizada.of(empresa), empresa, mudancas)
    return empresa


@atomic
def excluir_empresa(*, ator: Principal, pk: UUID, versao: int | None = None) -> Empresa:
    empresa = changes.lock(Empresa, pk)
    mudancas = changes.soft_delete(empresa, versao=versao)
    record(eventos.EmpresaExcluida.of(empresa), empresa, mudancas)
    return empresa


@atomic
def restaurar_empresa(*, ator: Principal, pk: UUID) -> Empresa:
    empresa = changes.lock(Empresa, pk, deleted=True)
    changes.refuse_duplicate(Empresa, campo="cnpj", valor=empresa.cnpj, exceto=pk, detail=CNPJ_EM_USO)
    mudancas = changes.restore(empresa)
    record(eventos.EmpresaRestaurada.of(empresa), empresa, mudancas)
    return empresa


@atomic
def gravar_por_cnpj(*, ator: Principal, cnpj: str, dados: dict[str, Any], versao: int | None = None) -> tuple[Empresa, bool]:
    """Write `dados` on the company of this CNPJ, or create it. Answers the company and whether it is new.

    A holder out of the author's sight is a duplicate, as for any creation.
    """
    dados = {**dados, "cnpj": _mesmo_cnpj(cnpj, dados.get("cnpj"))}
    if (pk := _editavel(ator, dados["cnpj"])) is not None:
        return atualizar_empresa(ator=ator, pk=pk, dados=dados, versao=versao), False
    if not ator.has("empresas:criar"):
        raise Forbidden("Seu papel não permite criar empresas.", codigo="escopo_ausente")
    try:
        with atomic():
            return criar_empresa(ator=ator, dados=dados), True
    except (IntegrityError, Conflict):
        pk = _editavel(ator, dados["cnpj"])  # somebody else's creation won between our look and ours
        if pk is None:
            raise
        return atualizar_empresa(ator=ator, pk=pk, dados=dados, versao=versao), False


def _mesmo_cnpj(do_endereco: str, do_corpo: str | None) -> str:
    try:
        cnpj = clean_cnpj(do_endereco)
    except IdentityError as error:
        raise Invalid(error.message, codigo=error.code, campo="cnpj") from None
    if do_corpo not in (None, "", cnpj):
        raise Invalid("O CNPJ do corpo não é o do endereço.", codigo="cnpj_divergente", campo="cnpj")
    return cnpj


def _editavel(ator: Principal, cnpj: str) -> UUID | None:
    visivel = visiveis(Empresa.objects.vivos(), ator, "editar", "empresas")
    return visivel.filter(cnpj=cnpj).values_list("pk", flat=True).first()


def com_derivados(dados: dict[str, Any], empresa: Empresa) -> dict[str, Any]:
    """`dados` with the columns that follow from them, or from what `empresa` has already."""

    def valor(campo: str) -> Any:
        return dados.get(campo, getattr(empresa, campo))

    derivados = {"nome": valor("nome_fantasia") or valor("razao_social"), "dominio": dominio_de(valor("site"))}
    if not derivados["nome"]:
        raise Invalid("Informe a razão social ou o nome fantasia.", codigo="obrigatorio", campo="razao_social")
    if valor("numero_funcionarios") is not None:
        derivados["faixa_funcionarios"] = faixa_de(valor("numero_funcionarios"))
    return {**dados, **derivados}


def dominio_de(site: str) -> str:
    return (urlsplit(site).hostname or "").removeprefix("www.")


def faixa_de(numero: int) -> str:
    return next((faixa for ate, faixa in _FAIXAS if numero <= ate), Empresa.FaixaFuncionarios.DESDE_500.value)
