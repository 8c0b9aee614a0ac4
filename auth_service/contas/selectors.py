"""Reads that need more than their own table, and who sees which people and teams."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from crm_shared.auth.principal import Principal

from .models import Equipe, Usuario


def usuarios_visiveis(queryset: QuerySet[Usuario], principal: Principal, acao: str) -> QuerySet[Usuario]:
    """proprio: oneself; equipe: also the people of one's teams."""
    nivel = principal.nivel("usuarios", acao)
    if nivel == "todos":
        return queryset
    eu = Q(pk=principal.usuario_id)
    return queryset.filter(eu | Q(equipe_id__in=principal.equipes) if nivel == "equipe" else eu)


def equipes_visiveis(queryset: QuerySet[Equipe], principal: Principal, acao: str) -> QuerySet[Equipe]:
    """proprio: one's own team and those that one leads; equipe: also the teams below."""
    nivel = principal.nivel("equipes", acao)
    if nivel == "todos":
        return queryset
    if nivel == "equipe":
        return queryset.filter(pk__in=principal.equipes)
    return queryset.filter(Q(pk=principal.equipe_id) | Q(lider_id=principal.usuario_id) if principal.usuario_id else Q(pk__in=[]))


def equipes_alcancadas(usuario_id: UUID, equipe_id: UUID | None) -> tuple[UUID, ...]:
    """The person's own team first, then all below it, then those that he or she leads with all below them."""
    filhas: dict[UUID | None, list[UUID]] = defaultdict(list)
    lideradas = []
    for pk, pai_id, lider_id in Equipe.objects.vivos().order_by("id").values_list("id", "pai_id", "lider_id"):
        filhas[pai_id].append(pk)
        if lider_id == usuario_id:
            lideradas.append(pk)
    found: dict[UUID, None] = {}
    for raiz in filter(None, [equipe_id, *lideradas]):
        fila = [raiz]
        while fila:
            pk = fila.pop(0)
            found.setdefault(pk)
            fila += filhas[pk]
    return tuple(found)


def arvore(visiveis: QuerySet[Equipe]) -> list[dict[str, Any]]:
    """The visible teams as nested nodes; one whose parent is out of sight stands at the root. Two statements for any number."""
    membros = Usuario.objects.vivos().filter(ativo=True, equipe_id__in=visiveis.values("pk"))
    contagem = dict(membros.values_list("equipe_id").annotate(Count("pk")).order_by())
    nos = {equipe.pk: _no(equipe, contagem) for equipe in visiveis.select_related("lider").order_by("nome", "id")}
    raizes: list[dict[str, Any]] = []
    for no in nos.values():
        pai = nos.get(no["pai_id"])
        (pai["filhas"] if pai else raizes).append(no)
    return raizes


def _no(equipe: Equipe, contagem: dict[UUID, int]) -> dict[str, Any]:
    return {
        "id": equipe.pk,
        "nome": equipe.nome,
        "regiao": equipe.regiao_efetiva,
        "pai_id": equipe.pai_id,
        "lider_id": equipe.lider_id,
        "lider_nome": equipe.lider.nome if equipe.lider else None,
        "membros": contagem.get(equipe.pk, 0),
        "filhas": [],
    }


def saiu(pk: UUID) -> bool:
    """Whether this person has no access any more."""
    return not Usuario.objects.vivos().filter(pk=pk, ativo=True).exists()


def nomes_de_usuarios(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names by which a history tells who did what; of those who have left too."""
    return dict(Usuario.objects.filter(pk__in=set(ids)).values_list("pk", "nome"))
