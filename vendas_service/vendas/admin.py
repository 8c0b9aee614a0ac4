"""Deals, funnels and products in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import ChildAdmin, RecordAdmin, RulesAdmin
from crm_shared.admin.transitions import Transition

from . import transicoes
from .models import Etapa, Funil, HistoricoEtapa, ItemOportunidade, MotivoPerda, Oportunidade, Produto
from .serializers import (
    FunilNovoSerializer,
    GanharSerializer,
    MoverSerializer,
    OportunidadeNovaSerializer,
    PerderSerializer,
    ReabrirSerializer,
)
from .views import (
    EtapaViewSet,
    FunilViewSet,
    HistoricoEtapaViewSet,
    ItemViewSet,
    MotivoPerdaViewSet,
    OportunidadeViewSet,
    ProdutoViewSet,
)


@admin.register(Oportunidade)
class OportunidadeAdmin(RecordAdmin):
    viewset = OportunidadeViewSet
    create_serializer = OportunidadeNovaSerializer
    list_display = ("codigo", "titulo", "etapa", "status", "valor", "fechamento_previsto", "responsavel", "empresa")
    list_filter = (
        "status",
        ("funil", AutocompleteSelectFilter),
        ("etapa", AutocompleteSelectFilter),
        ("responsavel", AutocompleteSelectFilter),
        ("equipe", AutocompleteSelectFilter),
        ("empresa", AutocompleteSelectFilter),
        ("cliente", AutocompleteSelectFilter),
    )
    transitions = (
        Transition("mover", "Mover", transicoes.mover_oportunidade, MoverSerializer),
        Transition("ganhar", "Ganhar", transicoes.ganhar_oportunidade, GanharSerializer),
        Transition("perder", "Perder", transicoes.perder_oportunidade, PerderSerializer),
        Transition("reabrir", "Reabrir", transicoes.reabrir_oportunidade, ReabrirSerializer),
    )


@admin.register(ItemOportunidade)
class ItemAdmin(ChildAdmin):
    viewset = ItemViewSet
    list_display = ("produto", "oportunidade", "quantidade", "preco", "desconto", "total")
    list_filter = (("oportunidade", AutocompleteSelectFilter), ("produto", AutocompleteSelectFilter))


@admin.register(HistoricoEtapa)
class HistoricoEtapaAdmin(RulesAdmin):
    viewset = HistoricoEtapaViewSet
    list_display = ("em", "oportunidade", "de", "para", "por", "valor")
    list_filter = (("oportunidade", AutocompleteSelectFilter), ("para", AutocompleteSelectFilter))
    ordering = ("-id",)


@admin.register(Funil)
class FunilAdmin(RecordAdmin):
    viewset = FunilViewSet
    create_serializer = FunilNovoSerializer
    list_display = ("nome", "moeda", "ativo", "padrao")
    list_filter = ("ativo",)
    search_fields = ("nome",)


@admin.register(Etapa)
class EtapaAdmin(RecordAdmin):
    viewset = EtapaViewSet
    list_display = ("nome", "funil", "ordem", "tipo", "probabilidade")
    list_filter = ("tipo", ("funil", AutocompleteSelectFilter))
    search_fields = ("nome", "funil__nome")


@admin.register(Produto)
class ProdutoAdmin(RecordAdmin):
    viewset = ProdutoViewSet
    list_display = ("nome", "codigo", "preco", "moeda", "unidade", "ativo")
    list_filter = ("ativo",)


@admin.register(MotivoPerda)
class MotivoPerdaAdmin(RecordAdmin):
    viewset = MotivoPerdaViewSet
    list_display = ("nome", "ativo", "exige_nota")
    list_filter = ("ativo",)
    search_fields = ("nome",)
