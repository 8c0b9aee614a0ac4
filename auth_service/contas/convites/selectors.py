"""Who sees which invitations."""

from django.db.models import Q, QuerySet

from crm_shared.auth.principal import Principal

from .models import Convite


def convites_visiveis(queryset: QuerySet[Convite], principal: Principal, acao: str) -> QuerySet[Convite]:
    """proprio: one's own; equipe: also those into one's teams."""
    nivel = principal.nivel("usuarios", acao)
    if nivel == "todos":
        return queryset
    meus = Q(convidado_por_id=principal.usuario_id)
    return queryset.filter(meus | Q(equipe_id__in=principal.equipes) if nivel == "equipe" else meus)
