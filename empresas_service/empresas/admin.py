"""Companies in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import ChildAdmin, RecordAdmin

from .models import Empresa, EnderecoEmpresa
from .serializers import EmpresaNovaSerializer
from .views import EmpresaViewSet, EnderecoViewSet


@admin.register(Empresa)
class EmpresaAdmin(RecordAdmin):
    viewset = EmpresaViewSet
    create_serializer = EmpresaNovaSerializer
    list_display = ("nome", "cnpj", "segmento", "ciclo_vida", "responsavel", "equipe", "atualizado_em")
    list_filter = (
        "ciclo_vida",
        "situacao_cadastral",
        ("responsavel", AutocompleteSelectFilter),
        ("equipe", AutocompleteSelectFilter),
        ("controladora", AutocompleteSelectFilter),
    )


@admin.register(EnderecoEmpresa)
class EnderecoAdmin(ChildAdmin):
    viewset = EnderecoViewSet
    list_display = ("empresa", "tipo", "logradouro", "numero", "municipio", "uf")
    list_filter = ("uf", ("empresa", AutocompleteSelectFilter))
    list_select_related = ("empresa",)
