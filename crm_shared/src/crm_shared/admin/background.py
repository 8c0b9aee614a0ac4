"""Pages of work in the background: operations, which exports are too, and imports."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ..auth.principal import Principal
from ..imports.models import Importacao
from ..imports.views import ImportacaoViewSet
from ..operations import services
from ..operations.models import Operacao
from ..operations.views import OperacaoViewSet
from .bounded import uuid_or_none
from .operations import pretty
from .records import RulesAdmin
from .transitions import Transition

_SHOWN_ERRORS = 50


def _cancel(*, pk: Any, ator: Principal, versao: int | None = None) -> Model:
    return services.cancel(pk=pk)


def _undo(*, pk: Any, ator: Principal, versao: int | None = None) -> Model:
    return services.undo(ator=ator, pk=pk)


class KindFilter(SimpleListFilter):
    title, parameter_name = "tipo", "tipo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(tipo, tipo) for tipo in sorted(settings.OPERATIONS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(tipo=self.value()) if self.value() else queryset


class FoundById(RulesAdmin):
    """Found by its own id, and by the one in its only search field: both have an index."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        pk = uuid_or_none(search_term)
        if not search_term.strip():
            return queryset, False
        return (queryset.filter(Q(pk=pk) | Q(**{self.search_fields[0]: pk})) if pk else queryset.none()), False


class BackgroundAdmin(FoundById):
    search_fields = ("criado_por",)
    search_help_text = "Id do registro ou de quem pediu"


@admin.register(Operacao)
class OperacaoAdmin(BackgroundAdmin):
    viewset = OperacaoViewSet
    list_display = ("criado_em", "tipo", "recurso", "estado", "total", "feitos", "erros", "desfeitos", "desfazer_ate")
    list_filter = ("estado", KindFilter)
    transitions = (Transition("cancelar", "Cancelar", _cancel), Transition("desfazer", "Desfazer", _undo))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*super().get_fieldsets(request, obj), ("Itens com erro", {"fields": ["primeiros_erros"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "primeiros_erros"]

    @admin.display(description=f"os {_SHOWN_ERRORS} primeiros")
    def primeiros_erros(self, obj: Operacao) -> SafeString:
        items = obj.itens.filter(status__gte=400).order_by("indice")[:_SHOWN_ERRORS]
        return pretty([{"indice": item.indice, "status": item.status, "erros": item.erros} for item in items])


if settings.IMPORTABLES:

    @admin.register(Importacao)
    class ImportacaoAdmin(BackgroundAdmin):
        viewset = ImportacaoViewSet
        list_display = ("criado_em", "nome", "recurso", "estado", "modo", "tamanho", "operacao_id")
        list_filter = ("estado", "modo")
