"""Every write on roles. A role and its permissions are one record: they change together, under one version."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm_shared.auth.principal import Principal
from crm_shared.db import atomic
from crm_shared.events.contracts import auth as eventos
from crm_shared.events.log import Change, record
from crm_shared.records import changes

from . import alcance
from .exceptions import PapelDeSistema, PapelEmUso
from .models import Papel, Permissao, Usuario
from .papeis_padrao import ADMINISTRADOR
from .regras_de_campo import regras_de
from .revogacoes import revogar_pessoas

NOME_EM_USO = "Já existe um papel com este nome."
Niveis = dict[str, str]  # scope -> visibility


@atomic
def criar_papel(*, ator: Principal, dados: dict[str, Any]) -> Papel:
    dados = {**dados}
    niveis = _niveis(dados.pop("permissoes"))
    alcance.exigir_direitos(ator, niveis, regras_de(dados.get("campos", [])))
    changes.refuse_duplicate(Papel, campo="nome", valor=dados["nome"], detail=NOME_EM_USO)
    papel = changes.save_new(Papel(**dados))
    _gravar(papel, niveis)
    _contar(eventos.PapelCriado, papel)
    return papel


@atomic
def atualizar_papel(*, ator: Principal, pk: UUID, dados: dict[str, Any], versao: int | None = None) -> Papel:
    papel = changes.lock(Papel, pk)
    dados, antes = {**dados}, _niveis_de(papel)
    depois = _niveis(dados.pop("permissoes")) if "permissoes" in dados else antes
    campos = dados.get("campos", papel.campos)
    _exigir_editavel(papel, dados.get("nome", papel.nome), antes != depois, campos)
    alcance.exigir_direitos(ator, antes, regras_de(papel.campos))
    alcance.exigir_direitos(ator, depois, regras_de(campos))
    if papel.exige_segundo_fator and not dados.get("exige_segundo_fator", True):
        alcance.exigir_sem_limite(ator)
    changes.refuse_duplicate(Papel, campo="nome", valor=dados.get("nome"), exceto=pk, detail=NOME_EM_USO)
    permissoes = [Change("permissoes", _lista(antes), _lista(depois))] if antes != depois else []
    if versao not in (None, papel.versao):
        changes.refuse_overlap(papel, permissoes, versao or 0)
    mudancas = [*changes.change(papel, dados, versao=versao), *permissoes]
    if permissoes:
        _gravar(papel, depois)
    if mudancas == permissoes != []:
        changes.touch(papel)
    if mudancas:
        _contar(eventos.PapelAtualizado, papel, mudancas)
    if permissoes or {"exige_segundo_fator", "campos"} & {item.campo for item in mudancas}:
        revogar_pessoas(*Usuario.objects.vivos().filter(papel_id=pk, ativo=True).values_list("pk", flat=True))
    return papel


@atomic
def excluir_papel(*, ator: Principal, pk: UUID, versao: int | None = None) -> Papel:
    papel = changes.lock(Papel, pk)
    if papel.sistema:
        raise PapelDeSistema
    alcance.exigir_papel(ator, pk)
    if Usuario.objects.vivos().filter(papel_id=pk).exists():
        raise PapelEmUso
    mudancas = changes.soft_delete(papel, versao=versao)
    _contar(eventos.PapelExcluido, papel, mudancas)
    return papel


@atomic
def restaurar_papel(*, ator: Principal, pk: UUID) -> Papel:
    papel = changes.lock(Papel, pk, deleted=True)
    alcance.exigir_papel(ator, pk)
    changes.refuse_duplicate(Papel, campo="nome", valor=papel.nome, exceto=pk, detail=NOME_EM_USO)
    mudancas = changes.restore(papel)
    _contar(eventos.PapelRestaurado, papel, mudancas)
    return papel


def _exigir_editavel(papel: Papel, nome: str, outras_permissoes: bool, campos: Sequence[dict[str, str]]) -> None:
    """A system role keeps its name, which code and deployments rely on; the administrator's also its permissions, without field rules."""
    if papel.sistema and nome != papel.nome:
        raise PapelDeSistema("Um papel do sistema não muda de nome.", campo="nome")
    if papel.sistema and papel.nome == ADMINISTRADOR and outras_permissoes:
        raise PapelDeSistema("As permissões do administrador não podem ser alteradas.", campo="permissoes")
    if papel.sistema and papel.nome == ADMINISTRADOR and campos:
        raise PapelDeSistema("O administrador vê e altera todos os campos.", campo="campos")


def _niveis(permissoes: Sequence[dict[str, str]]) -> Niveis:
    return {f"{item['recurso']}:{item['acao']}": item["visibilidade"] for item in permissoes}


def _niveis_de(papel: Papel) -> Niveis:
    return {item.escopo: item.visibilidade for item in Permissao.objects.filter(papel=papel)}


def _lista(niveis: Niveis) -> list[str]:
    return [f"{escopo}={nivel}" for escopo, nivel in sorted(niveis.items())]


def _gravar(papel: Papel, niveis: Niveis) -> None:
    Permissao.objects.filter(papel=papel).delete()
    novas = [(*escopo.split(":"), nivel) for escopo, nivel in niveis.items()]
    Permissao.objects.bulk_create(
        [Permissao(papel=papel, recurso=recurso, acao=acao, visibilidade=nivel) for recurso, acao, nivel in novas]
    )


def _contar(evento: type[eventos.Papel], papel: Papel, mudancas: Sequence[Change] = ()) -> None:
    regras = [f"{recurso}.{campo}={nivel}" for (recurso, campo), nivel in regras_de(papel.campos).items()]
    record(evento.of(papel, permissoes=_lista(_niveis_de(papel)), campos=regras), papel, mudancas)
