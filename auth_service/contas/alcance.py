"""Nobody gives, takes or borrows rights above the own, except who holds `papeis:administrar`."""

from collections.abc import Mapping
from uuid import UUID

from crm_shared.auth.principal import NIVEIS, Principal

from .exceptions import AlcanceExcedido
from .models import Permissao, Usuario, Visibilidade
from .regras_de_campo import Regras, ao_menos_tao_restritas, por_extenso, regras_de
from .selectors import equipes_alcancadas

SEM_LIMITE = "papeis:administrar"
SISTEMA = Principal("svc:auth", frozenset({SEM_LIMITE}), {"*": "todos"}, ())  # commands, and what was allowed when it was begun


def exigir_sem_limite(ator: Principal) -> None:
    if not ator.has(SEM_LIMITE):
        raise AlcanceExcedido


def exigir_niveis(ator: Principal, niveis: Mapping[str, str]) -> None:
    """`niveis`: scope -> visibility, all of which the actor must have."""
    if not ator.has(SEM_LIMITE) and not all(_alcanca(ator, escopo, nivel) for escopo, nivel in niveis.items()):
        raise AlcanceExcedido


def exigir_direitos(ator: Principal, niveis: Mapping[str, str], regras: Regras) -> None:
    """Also that `regras` hide and fix what the actor's own rules do, on each resource on which something is allowed."""
    exigir_niveis(ator, niveis)
    recursos = {escopo.split(":")[0] for escopo in niveis}
    if not ator.has(SEM_LIMITE) and not ao_menos_tao_restritas(regras, por_extenso(ator.campos), recursos):
        raise AlcanceExcedido


def exigir_papel(ator: Principal, papel_id: UUID) -> None:
    """The role allows nothing that the actor may not: to give it, or to touch who has it (a new password would be a way in)."""
    if not ator.has(SEM_LIMITE):
        permissoes = [*Permissao.objects.filter(papel_id=papel_id).select_related("papel")]
        regras = regras_de(permissoes[0].papel.campos if permissoes else [])
        exigir_direitos(ator, {item.escopo: item.visibilidade for item in permissoes}, regras)


def exigir_pessoa(ator: Principal, usuario: Usuario) -> None:
    """`exigir_papel`, and where that role opens teams of which the actor sees only the own: these teams are among them."""
    exigir_papel(ator, usuario.papel_id)
    if ator.has(SEM_LIMITE) or usuario.pk == ator.usuario_id:
        return
    da_equipe = Permissao.objects.filter(papel_id=usuario.papel_id, visibilidade=Visibilidade.EQUIPE)
    if any(ator.nivel(item.recurso, item.acao) == Visibilidade.EQUIPE for item in da_equipe):
        exigir_equipes(ator, *equipes_alcancadas(usuario.pk, usuario.equipe_id))


def exigir_equipes(ator: Principal, *equipes: UUID | None) -> None:
    """Who stands where decides who sees what: people and teams move only among the actor's own teams."""
    if not ator.has(SEM_LIMITE) and not {*filter(None, equipes)} <= {*ator.equipes}:
        raise AlcanceExcedido


def _alcanca(ator: Principal, escopo: str, nivel: str) -> bool:
    recurso, acao = escopo.split(":")
    return ator.has(escopo) and NIVEIS.index(ator.nivel(recurso, acao)) >= NIVEIS.index(nivel)
