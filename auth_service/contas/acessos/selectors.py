"""Sessions and attempts to sign in, for those whom they concern and those who administer them."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from crm_shared.auth.principal import Principal

from ..models import RefreshToken, Sessao, Usuario
from ..selectors import usuarios_visiveis

ADMINISTRAR = "usuarios:administrar"


def de_quem_se_ve(queryset: QuerySet[Any], principal: Principal) -> QuerySet[Any]:
    """One's own; with ADMINISTRAR also those of the people whom it reaches, and where it reaches all, those of nobody known."""
    if not principal.has(ADMINISTRAR):
        return queryset.filter(usuario_id=principal.usuario_id)
    if principal.nivel("usuarios", "administrar") == "todos":
        return queryset
    return queryset.filter(usuario_id__in=usuarios_visiveis(Usuario.objects.all(), principal, "administrar").values("pk"))


def sessoes() -> QuerySet[Sessao]:
    """With the time of their latest token, `usada_em`."""
    tokens = RefreshToken.objects.filter(sessao=OuterRef("pk")).order_by("-criado_em")
    rows: QuerySet[Sessao] = Sessao.objects.select_related("usuario").annotate(usada_em=Subquery(tokens.values("criado_em")[:1]))
    return rows


def abertas(queryset: QuerySet[Sessao], sim: bool) -> QuerySet[Sessao]:
    """Those that can still go on, or those that cannot."""
    agora = timezone.now()
    vivo = RefreshToken.objects.filter(sessao=OuterRef("pk"), consumido_em__isnull=True, expira_em__gt=agora)
    aberta = Q(Exists(vivo), encerrada_em__isnull=True, absoluta_ate__gt=agora)
    return queryset.filter(aberta if sim else ~aberta)
