"""People, their parts and leads in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.records import ChildAdmin, RecordAdmin
from crm_shared.admin.transitions import Transition

from . import services
from .models import Cliente, ContatoMeio, Lead, VinculoEmpresa
from .serializers import DesqualificarSerializer
from .views import ClienteViewSet, LeadViewSet, MeioViewSet, VinculoViewSet

_DONO = (("responsavel", AutocompleteSelectFilter), ("equipe", AutocompleteSelectFilter))


@admin.register(Cliente)
class ClienteAdmin(RecordAdmin):
    viewset = ClienteViewSet
    list_display = ("nome", "email", "telefone", "ciclo_vida", "responsavel", "equipe", "atualizado_em")
    list_filter = ("ciclo_vida", *_DONO)


@admin.register(ContatoMeio)
class MeioAdmin(ChildAdmin):
    viewset = MeioViewSet
    list_display = ("valor", "tipo", "cliente", "principal", "opt_out")
    list_filter = ("tipo", ("cliente", AutocompleteSelectFilter))


@admin.register(VinculoEmpresa)
class VinculoAdmin(ChildAdmin):
    viewset = VinculoViewSet
    list_display = ("cliente", "empresa", "papel", "cargo", "principal")
    list_filter = ("papel", ("cliente", AutocompleteSelectFilter), ("empresa", AutocompleteSelectFilter))


@admin.register(Lead)
class LeadAdmin(RecordAdmin):
    viewset = LeadViewSet
    list_display = ("cliente", "status", "temperatura", "fonte", "valor_estimado", "responsavel", "criado_em")
    list_filter = ("status", "temperatura", *_DONO)
    transitions = (
        Transition("contatar", "Registrar contato", services.contatar_lead),
        Transition("qualificar", "Qualificar", services.qualificar_lead),
        Transition("desqualificar", "Desqualificar", services.desqualificar_lead, DesqualificarSerializer),
        Transition("reciclar", "Reciclar", services.reciclar_lead),
    )
