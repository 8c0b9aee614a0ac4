"""Users, teams, roles and sessions in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import RecordAdmin
from crm_shared.admin.transitions import Transition

from . import services
from .models import Equipe, Papel, Usuario
from .segundo_fator.services import redefinir_segundo_fator
from .serializers import DesativarSerializer, EntregarCarteiraSerializer, NovoUsuarioSerializer, SenhaSerializer
from .views import EquipeViewSet, PapelViewSet, UsuarioViewSet

QUEM_RECEBE = {"transferir_para": Equipe._meta.get_field("lider")}  # any key to a person: by it the form looks people up


@admin.register(Usuario)
class UsuarioAdmin(RecordAdmin):
    viewset = UsuarioViewSet
    create_serializer = NovoUsuarioSerializer
    list_display = ("nome", "email", "papel", "equipe", "ativo", "criado_em")
    list_filter = ("ativo", ("papel", AutocompleteSelectFilter), ("equipe", AutocompleteSelectFilter))
    transitions = (
        Transition("desativar", "Desativar", services.desativar_usuario, DesativarSerializer, QUEM_RECEBE),
        Transition("entregar_carteira", "Entregar carteira", services.entregar_carteira, EntregarCarteiraSerializer, QUEM_RECEBE),
        Transition("reativar", "Reativar", services.reativar_usuario),
        Transition("redefinir_segundo_fator", "Tirar segundo fator", redefinir_segundo_fator),
        Transition("senha", "Definir senha", services.definir_senha, SenhaSerializer),
    )


@admin.register(Equipe)
class EquipeAdmin(RecordAdmin):
    viewset = EquipeViewSet
    list_display = ("nome", "pai", "lider", "regiao_efetiva")
    list_filter = (("pai", AutocompleteSelectFilter),)
    search_fields = ("nome",)


@admin.register(Papel)
class PapelAdmin(RecordAdmin):
    viewset = PapelViewSet
    list_display = ("nome", "descricao", "sistema")
    search_fields = ("nome",)
