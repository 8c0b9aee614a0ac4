"""Channels, identities, conversations and messages in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import RecordAdmin, RulesAdmin
from crm_shared.admin.transitions import Transition

from . import services
from .models import Canal, Conversa, Identidade, Mensagem
from .serializers import AdiarSerializer, AtribuirSerializer
from .views import CanalViewSet, ConversaViewSet, IdentidadeViewSet, MensagemViewSet


@admin.register(Canal)
class CanalAdmin(RecordAdmin):
    viewset = CanalViewSet
    list_display = ("nome", "tipo", "ativo", "criado_em")
    list_filter = ("tipo", "ativo")
    search_fields = ("nome",)


@admin.register(Identidade)
class IdentidadeAdmin(RecordAdmin):
    viewset = IdentidadeViewSet
    list_display = ("id_externo", "nome", "tipo", "canal", "cliente", "responsavel")
    list_filter = ("tipo", ("canal", AutocompleteSelectFilter), ("cliente", AutocompleteSelectFilter))


@admin.register(Conversa)
class ConversaAdmin(RecordAdmin):
    viewset = ConversaViewSet
    list_display = ("numero", "assunto", "estado", "prioridade", "canal", "cliente", "responsavel", "ultima_mensagem_em")
    list_filter = (
        "estado",
        ("canal", AutocompleteSelectFilter),
        ("responsavel", AutocompleteSelectFilter),
        ("equipe", AutocompleteSelectFilter),
        ("cliente", AutocompleteSelectFilter),
    )
    transitions = (
        Transition("atribuir", "Atribuir", services.atribuir_conversa, AtribuirSerializer),
        Transition("resolver", "Resolver", services.resolver_conversa),
        Transition("reabrir", "Reabrir", services.reabrir_conversa),
        Transition("adiar", "Adiar", services.adiar_conversa, AdiarSerializer),
    )


@admin.register(Mensagem)
class MensagemAdmin(RulesAdmin):
    viewset = MensagemViewSet
    list_display = ("criado_em", "conversa", "direcao", "tipo", "estado", "conteudo")
    list_filter = ("direcao", "estado", ("conversa", AutocompleteSelectFilter))
