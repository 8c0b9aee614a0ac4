"""Products and reasons of loss."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.events.contracts import vendas as eventos
from crm_shared.events.log import record
from crm_shared.records import changes

from .models import MotivoPerda, Produto

CODIGO_EM_USO = "Já existe um produto com este código."
MOTIVO_EM_USO = "Já existe um motivo de perda com este nome."


@atomic
def criar_produto(*, ator: Principal, dados: dict[str, Any]) -> Produto:
    changes.refuse_duplicate(Produto, campo="codigo", valor=dados.get("codigo"), detail=CODIGO_EM_USO)
    produto = changes.save_new(Produto(**dados))
    record(eventos.ProdutoCriado.of(produto), produto)
    return produto


@atomic
def atualizar_produto(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Produto:
    produto = changes.lock(Produto, pk)
    changes.refuse_duplicate(Produto, campo="codigo", valor=dados.get("codigo"), exceto=pk, detail=CODIGO_EM_USO)
    if mudancas := changes.change(produto, dados, versao=versao):
        record(eventos.ProdutoAtualizado.of(produto), produto, mudancas)
    return produto


@atomic
def excluir_produto(*, ator: Principal, pk: UUID, versao: int | None = None) -> Produto:
    """Deals keep the items that they have; the product only leaves the lists."""
    produto = changes.lock(Produto, pk)
    mudancas = changes.soft_delete(produto, versao=versao)
    record(eventos.ProdutoExcluido.of(produto), produto, mudancas)
    return produto


@atomic
def restaurar_produto(*, ator: Principal, pk: UUID) -> Produto:
    produto = changes.lock(Produto, pk, deleted=True)
    changes.refuse_duplicate(Produto, campo="codigo", valor=produto.codigo, exceto=pk, detail=CODIGO_EM_USO)
    mudancas = changes.restore(produto)
    record(eventos.ProdutoRestaurado.of(produto), produto, mudancas)
    return produto


@atomic
def criar_motivo(*, ator: Principal, dados: dict[str, Any]) -> MotivoPerda:
    changes.refuse_duplicate(MotivoPerda, campo="nome", valor=dados["nome"], detail=MOTIVO_EM_USO)
    motivo = changes.save_new(MotivoPerda(**dados))
    record(eventos.MotivoPerdaCriado.of(motivo), motivo)
    return motivo


@atomic
def atualizar_motivo(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> MotivoPerda:
    motivo = changes.lock(MotivoPerda, pk)
    changes.refuse_duplicate(MotivoPerda, campo="nome", valor=dados.get("nome"), exceto=pk, detail=MOTIVO_EM_USO)
    if mudancas := changes.change(motivo, dados, versao=versao):
        record(eventos.MotivoPerdaAtualizado.of(motivo), motivo, mudancas)
    return motivo


@atomic
def excluir_motivo(*, ator: Principal, pk: UUID, versao: int | None = None) -> MotivoPerda:
    motivo = changes.lock(MotivoPerda, pk)
    mudancas = changes.soft_delete(motivo, versao=versao)
    record(eventos.MotivoPerdaExcluido.of(motivo), motivo, mudancas)
    return motivo


@atomic
def restaurar_motivo(*, ator: Principal, pk: UUID) -> MotivoPerda:
    motivo = changes.lock(MotivoPerda, pk, deleted=True)
    changes.refuse_duplicate(MotivoPerda, campo="nome", valor=motivo.nome, exceto=pk, detail=MOTIVO_EM_USO)
    mudancas = changes.restore(motivo)
    record(eventos.MotivoPerdaRestaurado.of(motivo), motivo, mudancas)
    return motivo
