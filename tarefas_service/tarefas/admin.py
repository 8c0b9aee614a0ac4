"""Tasks in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import RecordAdmin
from crm_shared.admin.transitions import Transition

from . import services
from .models import Tarefa
from .serializers import AdiarSerializer, CancelarSerializer, ConcluirSerializer, DelegarSerializer, TarefaNovaSerializer
from .views import TarefaViewSet


@admin.register(Tarefa)
class TarefaAdmin(RecordAdmin):
    viewset = TarefaViewSet
    create_serializer = TarefaNovaSerializer
    list_display = ("titulo", "tipo", "estado", "prioridade", "vence_em", "responsavel", "equipe")
    list_filter = ("estado", "tipo", "prioridade", ("responsavel", AutocompleteSelectFilter), ("equipe", AutocompleteSelectFilter))
    transitions = (
        Transition("iniciar", "Iniciar", services.iniciar_tarefa),
        Transition("concluir", "Concluir", services.concluir_tarefa, ConcluirSerializer),
        Transition("cancelar", "Cancelar", services.cancelar_tarefa, CancelarSerializer),
        Transition("reabrir", "Reabrir", services.reabrir_tarefa),
        Transition("adiar", "Adiar", services.adiar_tarefa, AdiarSerializer),
        Transition("delegar", "Delegar", services.delegar_tarefa, DelegarSerializer),
    )
