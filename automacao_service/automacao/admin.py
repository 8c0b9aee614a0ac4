"""Flows, their versions and runs in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import RecordAdmin, RulesAdmin
from crm_shared.admin.transitions import Transition

from . import execucoes, services
from .models import Execucao, Fluxo, VersaoFluxo
from .views import ExecucaoViewSet, FluxoViewSet, VersaoFluxoViewSet


@admin.register(Fluxo)
class FluxoAdmin(RecordAdmin):
    viewset = FluxoViewSet
    list_display = ("nome", "estado", "evento_tipo", "ultima_versao", "responsavel", "publicado_em")
    list_filter = ("estado", ("responsavel", AutocompleteSelectFilter), ("equipe", AutocompleteSelectFilter))
    transitions = (
        Transition("publicar", "Publicar", services.publicar_fluxo),
        Transition("pausar", "Pausar", services.pausar_fluxo),
        Transition("retomar", "Retomar", services.retomar_fluxo),
        Transition("arquivar", "Arquivar", services.arquivar_fluxo),
    )


@admin.register(VersaoFluxo)
class VersaoFluxoAdmin(RulesAdmin):
    viewset = VersaoFluxoViewSet
    list_display = ("fluxo", "numero", "evento_tipo", "criado_em")
    list_filter = (("fluxo", AutocompleteSelectFilter),)


@admin.register(Execucao)
class ExecucaoAdmin(RulesAdmin):
    viewset = ExecucaoViewSet
    list_display = ("criado_em", "fluxo", "estado", "passo_atual", "alvo_recurso", "alvo_id", "erro")
    list_filter = ("estado", ("fluxo", AutocompleteSelectFilter))
    transitions = (
        Transition("repetir", "Repetir", execucoes.repetir_execucao),
        Transition("cancelar", "Cancelar", execucoes.cancelar_execucao),
    )
