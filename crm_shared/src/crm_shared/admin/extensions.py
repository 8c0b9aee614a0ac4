"""Pages of what main records bring with them: tags, custom fields, saved views, notes, attachments; where a service has such records."""

from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from ..api.viewsets import ReadOnlyViewSet
from ..attachments.views import AnexoSerializer
from ..extensions.columns import extensible_models
from ..extensions.models import Anexo, CampoPersonalizado, Marcador, Nota, Visao
from ..extensions.notes import NotaSerializer
from ..extensions.saved_views import MAINS
from ..extensions.views import RECURSO, CampoViewSet, MarcadorViewSet, VisaoViewSet
from .background import FoundById
from .records import RecordAdmin
from .rules import Rules


class ResourceFilter(SimpleListFilter):
    title, parameter_name = "recurso", "recurso"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(recurso, recurso) for recurso in sorted(extensible_models())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(recurso=self.value()) if self.value() else queryset


class MarcadorAdmin(RecordAdmin):
    viewset = MarcadorViewSet
    list_display = ("nome", "slug", "cor", "criado_em")
    search_fields = ("nome", "slug")


class CampoAdmin(RecordAdmin):
    viewset = CampoViewSet
    list_display = ("rotulo", "recurso", "chave", "tipo", "obrigatorio", "unico", "indexado", "dado_pessoal", "sensivel")
    list_filter = (ResourceFilter, "tipo")
    search_fields = ("rotulo", "chave")


class VisaoAdmin(RecordAdmin):
    viewset = VisaoViewSet
    list_display = ("nome", "recurso", "tipo", "compartilhamento", "padrao", "criado_em")
    list_filter = (ResourceFilter, "tipo", "compartilhamento")
    search_fields = ("nome",)


class PartesDeTodos(ReadOnlyViewSet):
    """The parts of all kinds of records, each seen with its record."""

    recurso = RECURSO
    required_scopes = dict.fromkeys(("list", "retrieve"), f"{RECURSO}:ler")
    parent_field = "registro_id"  # its past stands among the record's, too

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kinds = [_of_visible(recurso, Rules(main, self.principal)) for recurso, main in MAINS.items()]
        return queryset.filter(reduce(or_, kinds, Q(pk__in=[])))


class NotasDeTodos(PartesDeTodos):
    queryset = Nota.objects.select_related("autor")
    serializer_class = NotaSerializer


class AnexosDeTodos(PartesDeTodos):
    queryset = Anexo.objects.select_related("autor")
    serializer_class = AnexoSerializer


def _of_visible(recurso: str, rules: Rules) -> Q:
    if not rules.may("retrieve"):
        return Q(pk__in=[])
    if rules.level("retrieve") == "todos":
        return Q(recurso=recurso)
    return Q(recurso=recurso, registro_id__in=rules.visible("retrieve").order_by().values("pk"))


class ParteAdmin(FoundById):
    list_filter = (ResourceFilter,)
    search_fields = ("registro_id",)


class NotaAdmin(ParteAdmin):
    viewset = NotasDeTodos
    list_display = ("criado_em", "recurso", "registro_id", "autor", "fixada", "__str__")
    search_help_text = "Id da nota ou do registro"


class AnexoAdmin(ParteAdmin):
    viewset = AnexosDeTodos
    list_display = ("criado_em", "recurso", "registro_id", "autor", "nome", "tipo", "tamanho")
    search_help_text = "Id do anexo ou do registro"


if extensible_models():
    admin.site.register(Marcador, MarcadorAdmin)
    admin.site.register(CampoPersonalizado, CampoAdmin)
    admin.site.register(Visao, VisaoAdmin)
    admin.site.register(Nota, NotaAdmin)
    admin.site.register(Anexo, AnexoAdmin)
