"""Channels and the identities known in them."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid
from crm_shared.events.contracts import comunicacao as eventos
from crm_shared.events.log import record
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.phones import clean_phone
from crm_shared.records import changes
from crm_shared.records.ownership import with_owner
from crm_shared.records.references import CLIENTE, cite

from .exceptions import CanalDefinitivo, CanalEmUso
from .models import Canal, Conversa, Identidade


@atomic
def criar_canal(*, ator: Principal, dados: dict[str, Any]) -> Canal:
    canal = changes.save_new(Canal(**dados))
    record(eventos.CanalCriado.of(canal), canal)
    return canal


@atomic
def atualizar_canal(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Canal:
    canal = changes.lock(Canal, pk)
    mudancas = changes.change(canal, dados, versao=versao)
    if mudancas:
        record(eventos.CanalAtualizado.of(canal), canal, mudancas)
    return canal


@atomic
def excluir_canal(*, ator: Principal, pk: UUID, versao: int | None = None) -> Canal:
    canal = changes.lock(Canal, pk)
    if Conversa.objects.vivos().filter(canal_id=pk, estado__in=Conversa.EM_ANDAMENTO).exists():
        raise CanalEmUso
    mudancas = changes.soft_delete(canal, versao=versao)
    record(eventos.CanalExcluido.of(canal), canal, mudancas)
    return canal


@atomic
def restaurar_canal(*, ator: Principal, pk: UUID) -> Canal:
    canal = changes.lock(Canal, pk, deleted=True)
    mudancas = changes.restore(canal)
    record(eventos.CanalRestaurado.of(canal), canal, mudancas)
    return canal


def exigir_canal(canal_id: UUID) -> Canal:
    canal: Canal | None = Canal.objects.vivos().filter(pk=canal_id).first()
    if canal is None:
        raise Invalid("Canal não encontrado.", codigo="inexistente", campo="canal_id")
    return canal


def normalizar(tipo: str, dados: dict[str, Any]) -> dict[str, Any]:
    """The stored form of an address in a channel, and the key by which a mobile is found with and without its ninth digit."""
    valores = dict(dados)
    try:
        if "id_externo" in dados:
            valores["id_externo"] = _id_externo(tipo, dados["id_externo"])
        if "telefone" in dados:
            valores["telefone_equivalencia"] = clean_phone(dados["telefone"]).equivalence if dados["telefone"] else ""
    except IdentityError as error:
        raise Invalid(str(error), codigo=error.code, campo="id_externo") from None
    return valores


def _id_externo(tipo: str, valor: str) -> str:
    """A provider's own ids stay as they are, its number without the ninth digit too: it is what the provider answers to."""
    if tipo == Identidade.Tipo.EMAIL:
        return clean_email(valor)
    return clean_phone(valor).e164 if tipo == Identidade.Tipo.TELEFONE else valor.strip()


def _recusar_repetida(canal_id: UUID, tipo: str, id_externo: str, exceto: UUID | None = None) -> None:
    iguais = Identidade.objects.vivos().filter(canal_id=canal_id, tipo=tipo, id_externo=id_externo).exclude(pk=exceto)
    if dona := iguais.values_list("pk", flat=True).first():
        raise Conflict("Esta identidade já existe no canal.", codigo="duplicado", campo="id_externo", registro_id=str(dona))


@atomic
def criar_identidade(*, ator: Principal, dados: dict[str, Any]) -> Identidade:
    exigir_canal(dados["canal_id"])
    dados = normalizar(dados["tipo"], with_owner(ator, dados, recurso="comunicacao", creating=True))
    _recusar_repetida(dados["canal_id"], dados["tipo"], dados["id_externo"])
    cite(CLIENTE, dados.get("cliente_id"))
    identidade = changes.save_new(Identidade(**dados))
    record(eventos.IdentidadeCriada.of(identidade), identidade)
    return identidade


@atomic
def atualizar_identidade(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Identidade:
    identidade = changes.lock(Identidade, pk)
    if dados.get("canal_id", identidade.canal_id) != identidade.canal_id:
        raise CanalDefinitivo
    tipo = dados.get("tipo", identidade.tipo)
    if "tipo" in dados or "id_externo" in dados:
        dados = {"id_externo": identidade.id_externo, **dados}
    dados = normalizar(tipo, with_owner(ator, dados, recurso="comunicacao", present=identidade.responsavel_id))
    _recusar_repetida(identidade.canal_id, tipo, dados.get("id_externo", identidade.id_externo), exceto=pk)
    cite(CLIENTE, dados.get("cliente_id"))
    mudancas = changes.change(identidade, dados, versao=versao)
    if mudancas:
        record(eventos.IdentidadeAtualizada.of(identidade), identidade, mudancas)
    return identidade


@atomic
def excluir_identidade(*, ator: Principal, pk: UUID, versao: int | None = None) -> Identidade:
    identidade = changes.lock(Identidade, pk)
    mudancas = changes.soft_delete(identidade, versao=versao)
    record(eventos.IdentidadeExcluida.of(identidade), identidade, mudancas)
    return identidade


@atomic
def restaurar_identidade(*, ator: Principal, pk: UUID) -> Identidade:
    identidade = changes.lock(Identidade, pk, deleted=True)
    _recusar_repetida(identidade.canal_id, identidade.tipo, identidade.id_externo, exceto=pk)
    mudancas = changes.restore(identidade)
    record(eventos.IdentidadeRestaurada.of(identidade), identidade, mudancas)
    return identidade
