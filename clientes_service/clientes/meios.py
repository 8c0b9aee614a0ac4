"""The ways to reach a person and the places where he or she works: parts of the person's record, told by its event and by their own."""

from typing import Any, TypeVar
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid, NotFound
from crm_shared.events.contracts import clientes as eventos
from crm_shared.events.log import Change, record
from crm_shared.extensions.log import tell
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.phones import clean_phone
from crm_shared.records import changes
from crm_shared.records.references import EMPRESA, cite

from .exceptions import UltimoMeioPrincipal
from .models import Cliente, ContatoMeio, VinculoEmpresa

PRINCIPAIS = ("email", "telefone")  # the kinds whose principal one stands on the person itself
P = TypeVar("P", ContatoMeio, VinculoEmpresa)
_TELEFONICOS = (ContatoMeio.Tipo.TELEFONE, ContatoMeio.Tipo.WHATSAPP)


def normalizar(tipo: str, valor: str) -> dict[str, str]:
    """The columns of a way to reach somebody, from what a person typed."""
    try:
        if tipo in _TELEFONICOS:
            phone = clean_phone(valor)
            return {"valor": phone.e164, "chave_equivalencia": phone.equivalence, "ramal": phone.extension or "", "valor_original": valor}
        limpo = clean_email(valor) if tipo == ContatoMeio.Tipo.EMAIL else valor.strip().lstrip("@").lower()
    except IdentityError as error:
        raise Invalid(str(error), codigo=error.code, campo="valor") from None
    return {"valor": limpo, "chave_equivalencia": limpo, "ramal": "", "valor_original": valor}


def definir_principal(cliente: Cliente, tipo: str, valor: str) -> None:
    """Make `valor` the person's principal e-mail or phone, taking over one that is there; an empty value leaves none."""
    vivos = cliente.meios.filter(tipo=tipo, excluido_em__isnull=True)
    vivos.filter(principal=True).update(principal=False)
    if not valor:
        return
    colunas = normalizar(tipo, valor)
    if not vivos.filter(chave_equivalencia=colunas["chave_equivalencia"]).update(principal=True, **colunas):
        ContatoMeio.objects.create(cliente=cliente, tipo=tipo, principal=True, **colunas)


def primeiros_principais(cliente: Cliente) -> None:
    """The contacts of a person who has just been created, and so has none to take over."""
    ditos = [(tipo, getattr(cliente, tipo)) for tipo in PRINCIPAIS]
    meios = [ContatoMeio(cliente=cliente, tipo=tipo, principal=True, **normalizar(tipo, valor)) for tipo, valor in ditos if valor]
    if meios:
        ContatoMeio.objects.bulk_create(meios)


def _travar(modelo: type[P], pk: UUID, *, deleted: bool = False) -> tuple[Cliente, P]:
    """The person first, then the part: every writer takes the locks in this order."""
    cliente_id = modelo.objects.filter(pk=pk).values_list("cliente_id", flat=True).first()
    if cliente_id is None:
        raise NotFound
    return changes.lock(Cliente, cliente_id), changes.lock(modelo, pk, deleted=deleted)


@atomic
def criar_meio(*, ator: Principal, dados: dict[str, Any]) -> ContatoMeio:
    cliente = changes.lock(Cliente, dados["cliente_id"])
    colunas = normalizar(dados["tipo"], dados["valor"])
    repetido = cliente.meios.filter(tipo=dados["tipo"], chave_equivalencia=colunas["chave_equivalencia"], excluido_em__isnull=True).first()
    if repetido:
        raise Conflict("Este cliente já tem este meio de contato.", codigo="duplicado", campo="valor", registro_id=str(repetido.pk))
    if dados.get("principal"):
        cliente.meios.filter(tipo=dados["tipo"], excluido_em__isnull=True).update(principal=False)
    meio = changes.save_new(ContatoMeio(**{**dados, **colunas}))
    tell("meio.criado", meio)
    _contar(cliente, meio)
    return meio


@atomic
def atualizar_meio(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> ContatoMeio:
    cliente, meio = _travar(ContatoMeio, pk)
    if "valor" in dados or "tipo" in dados:
        dados = {**dados, **normalizar(dados.get("tipo", meio.tipo), dados.get("valor", meio.valor))}
    if dados.get("principal"):
        cliente.meios.filter(tipo=meio.tipo, excluido_em__isnull=True).exclude(pk=pk).update(principal=False)
    if mudancas := changes.change(meio, dados, versao=versao):
        tell("meio.atualizado", meio, mudancas)
        _contar(cliente, meio)
    return meio


@atomic
def excluir_meio(*, ator: Principal, pk: UUID, versao: int | None = None) -> ContatoMeio:
    cliente, meio = _travar(ContatoMeio, pk)
    outros = cliente.meios.filter(tipo=meio.tipo, excluido_em__isnull=True).exclude(pk=pk)
    if meio.principal and outros.exists():
        raise UltimoMeioPrincipal
    meio.principal = False
    tell("meio.excluido", meio, changes.soft_delete(meio, versao=versao))
    _contar(cliente, meio)
    return meio


@atomic
def restaurar_meio(*, ator: Principal, pk: UUID) -> ContatoMeio:
    cliente, meio = _travar(ContatoMeio, pk, deleted=True)
    tell("meio.restaurado", meio, changes.restore(meio))
    _contar(cliente, meio)
    return meio


def _contar(cliente: Cliente, meio: ContatoMeio) -> None:
    """A change among the ways to reach a person is a change of the person: new version, one event."""
    mudancas = [Change("meios", None, str(meio.pk))]
    if meio.tipo in PRINCIPAIS:
        principal = cliente.meios.filter(tipo=meio.tipo, principal=True, excluido_em__isnull=True).first()
        novo = principal.valor if principal else ""
        if novo != getattr(cliente, meio.tipo):
            mudancas.append(Change(meio.tipo, getattr(cliente, meio.tipo), novo))
            setattr(cliente, meio.tipo, novo)
    changes.touch(cliente)
    record(eventos.ClienteAtualizado.of(cliente), cliente, mudancas)


@atomic
def criar_vinculo(*, ator: Principal, dados: dict[str, Any]) -> VinculoEmpresa:
    cliente = changes.lock(Cliente, dados["cliente_id"])
    cite(EMPRESA, dados["empresa_id"])
    if (
        not dados.get("fim")
        and cliente.vinculos.filter(empresa_id=dados["empresa_id"], fim__isnull=True, excluido_em__isnull=True).exists()
    ):
        raise Conflict("Este cliente já tem um vínculo atual com a empresa.", codigo="duplicado", campo="empresa_id")
    vinculo = changes.save_new(VinculoEmpresa(**dados))
    tell("vinculo.criado", vinculo)
    _contar_vinculo(cliente, vinculo)
    return vinculo


@atomic
def atualizar_vinculo(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> VinculoEmpresa:
    cliente, vinculo = _travar(VinculoEmpresa, pk)
    cite(EMPRESA, dados.get("empresa_id"))
    if mudancas := changes.change(vinculo, dados, versao=versao):
        tell("vinculo.atualizado", vinculo, mudancas)
        _contar_vinculo(cliente, vinculo)
    return vinculo


@atomic
def excluir_vinculo(*, ator: Principal, pk: UUID, versao: int | None = None) -> VinculoEmpresa:
    cliente, vinculo = _travar(VinculoEmpresa, pk)
    tell("vinculo.excluido", vinculo, changes.soft_delete(vinculo, versao=versao))
    _contar_vinculo(cliente, vinculo)
    return vinculo


@atomic
def restaurar_vinculo(*, ator: Principal, pk: UUID) -> VinculoEmpresa:
    cliente, vinculo = _travar(VinculoEmpresa, pk, deleted=True)
    tell("vinculo.restaurado", vinculo, changes.restore(vinculo))
    _contar_vinculo(cliente, vinculo)
    return vinculo


def _contar_vinculo(cliente: Cliente, vinculo: VinculoEmpresa) -> None:
    changes.touch(cliente)
    record(eventos.ClienteAtualizado.of(cliente), cliente, [Change("empresas", None, str(vinculo.empresa_id))])
