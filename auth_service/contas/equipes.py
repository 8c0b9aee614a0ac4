"""Every write on teams. The tree is small: its living rows are locked together, so that it stays a tree."""

from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.errors import Conflict, Invalid, NotFound
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import record
from crm_shared.records import changes

from . import alcance
from .exceptions import EquipeEmCiclo, EquipeEmUso
from .models import Equipe, Usuario

Arvore = dict[UUID, Equipe]


@atomic
def criar_equipe(*, ator: Principal, dados: dict[str, Any]) -> Equipe:
    arvore = _travar_arvore()
    equipe = Equipe(**dados)
    _exigir_vinculos(arvore, dados)
    alcance.exigir_equipes(ator, equipe.pai_id)
    _recusar_homonima(arvore, equipe)
    equipe.regiao_efetiva = _regiao(arvore, equipe)
    changes.save_new(equipe)
    record(eventos.EquipeCriada.of(equipe, regiao=equipe.regiao_efetiva), equipe)
    return equipe


@atomic
def atualizar_equipe(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Equipe:
    arvore = _travar_arvore()
    equipe = _da_arvore(arvore, pk)
    novos = {campo: valor for campo, valor in dados.items() if getattr(equipe, campo) != valor}
    _exigir_vinculos(arvore, novos)
    if {"pai_id", "lider_id"} & novos.keys():
        alcance.exigir_equipes(ator, pk, novos.get("pai_id"), equipe.pai_id if "pai_id" in novos else None)
    proposta = Equipe(pk=pk, nome=dados.get("nome", equipe.nome), pai_id=dados.get("pai_id", equipe.pai_id))
    proposta.regiao = dados.get("regiao", equipe.regiao)
    _recusar_ciclo(arvore, pk, proposta.pai_id)
    _recusar_homonima(arvore, proposta)
    mudancas = changes.change(equipe, {**dados, "regiao_efetiva": _regiao(arvore, proposta)}, versao=versao)
    if mudancas:
        record(eventos.EquipeAtualizada.of(equipe, regiao=equipe.regiao_efetiva), equipe, mudancas)
        _herdar(arvore, equipe)
    return equipe


@atomic
def excluir_equipe(*, ator: Principal, pk: UUID, versao: int | None = None) -> Equipe:
    arvore = _travar_arvore()
    equipe = _da_arvore(arvore, pk)
    alcance.exigir_equipes(ator, pk)
    tem_filhas = any(outra.pai_id == pk for outra in arvore.values())
    if tem_filhas or Usuario.objects.vivos().filter(equipe_id=pk).exists():
        raise EquipeEmUso
    mudancas = changes.soft_delete(equipe, versao=versao)
    record(eventos.EquipeExcluida.of(equipe, regiao=equipe.regiao_efetiva), equipe, mudancas)
    return equipe


@atomic
def restaurar_equipe(*, ator: Principal, pk: UUID) -> Equipe:
    """Back under the team where it stood, which must still be there."""
    arvore = _travar_arvore()
    equipe = changes.lock(Equipe, pk, deleted=True)
    _exigir_vinculos(arvore, {"pai_id": equipe.pai_id})
    alcance.exigir_equipes(ator, equipe.pai_id)
    _recusar_homonima(arvore, equipe)
    equipe.regiao_efetiva = _regiao(arvore, equipe)
    mudancas = changes.restore(equipe)
    record(eventos.EquipeRestaurada.of(equipe, regiao=equipe.regiao_efetiva), equipe, mudancas)
    return equipe


def _travar_arvore() -> Arvore:
    # no_key: whoever puts a person into a team need not wait for who moves it
    return {equipe.pk: equipe for equipe in Equipe.objects.vivos().select_for_update(no_key=True).order_by("pk")}


def _da_arvore(arvore: Arvore, pk: UUID) -> Equipe:
    if pk not in arvore:
        raise NotFound
    return arvore[pk]


def _exigir_vinculos(arvore: Arvore, dados: dict[str, Any]) -> None:
    pai_id, lider_id = dados.get("pai_id"), dados.get("lider_id")
    if pai_id and pai_id not in arvore:
        raise Invalid("Equipe superior não encontrada.", codigo="inexistente", campo="pai_id")
    if lider_id and not Usuario.objects.vivos().filter(pk=lider_id, ativo=True).exists():
        raise Invalid("Líder não encontrado entre os usuários ativos.", codigo="inexistente", campo="lider_id")


def _recusar_ciclo(arvore: Arvore, pk: UUID, pai_id: UUID | None) -> None:
    while pai_id:
        if pai_id == pk:
            raise EquipeEmCiclo(campo="pai_id")
        pai_id = arvore[pai_id].pai_id


def _recusar_homonima(arvore: Arvore, equipe: Equipe) -> None:
    for outra in arvore.values():
        if outra.pk != equipe.pk and (outra.pai_id, outra.nome) == (equipe.pai_id, equipe.nome):
            detail = "Já existe uma equipe com este nome neste lugar."
            raise Conflict(detail, codigo="duplicado", campo="nome", registro_id=str(outra.pk))


def _regiao(arvore: Arvore, equipe: Equipe) -> str:
    return equipe.regiao or (arvore[equipe.pai_id].regiao_efetiva if equipe.pai_id else "")


def _herdar(arvore: Arvore, acima: Equipe) -> None:
    """Tell each team below whose region changed with the one above."""
    for equipe in [equipe for equipe in arvore.values() if equipe.pai_id == acima.pk]:
        mudancas = changes.change(equipe, {"regiao_efetiva": _regiao(arvore, equipe)})
        if mudancas:
            record(eventos.EquipeAtualizada.of(equipe, regiao=equipe.regiao_efetiva), equipe, mudancas)
            _herdar(arvore, equipe)
