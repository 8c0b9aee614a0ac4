"""Flows, their versions and runs in the admin: which columns, filters and buttons; the rules are the API's."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.bounded import principal_of
from crm_shared.admin.history import MASK
from crm_shared.admin.records import PartInline, RecordAdmin, RulesAdmin
from crm_shared.admin.transitions import Transition

from . import execucoes, services
from .models import Execucao, Fluxo, PassoExecucao, PassoSaga, Saga, VersaoFluxo
from .restritos import acesso_ao, contexto_visto
from .sagas import services as sagas
from .views import ExecucaoViewSet, FluxoViewSet, SagaViewSet, VersaoFluxoViewSet
from .webhooks import admin as webhooks  # noqa: F401  registers its own


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


class PassoExecucaoInline(PartInline):
    model = PassoExecucao
    fields = readonly_fields = ("ordem", "passo", "tipo", "estado", "tentativa", "erro_codigo", "inicio", "fim")


@admin.register(Execucao)
class ExecucaoAdmin(RulesAdmin):
    viewset = ExecucaoViewSet
    list_display = ("criado_em", "fluxo", "estado", "passo_atual", "alvo_recurso", "alvo_id", "erro")
    list_filter = ("estado", ("fluxo", AutocompleteSelectFilter))
    transitions = (
        Transition("repetir", "Repetir", execucoes.repetir_execucao),
        Transition("cancelar", "Cancelar", execucoes.cancelar_execucao),
    )
    inlines = (PassoExecucaoInline,)

    def mask(self, request: HttpRequest, obj: Execucao) -> None:
        """What the run knows of the person whom its event was about."""
        super().mask(request, obj)
        acesso = acesso_ao(principal_of(request), obj.evento_tipo)
        obj.contexto = contexto_visto(obj.contexto, acesso) | ({} if acesso.personal else {"pessoais": MASK})


class PassoSagaInline(PartInline):
    model = PassoSaga
    fields = readonly_fields = (
        "grupo",
        "ordem",
        "passo",
        "estado",
        "tentativa",
        "tentativa_desfazer",
        "saida",
        "erro_codigo",
        "inicio",
        "fim",
    )


@admin.register(Saga)
class SagaAdmin(RulesAdmin):
    viewset = SagaViewSet
    list_display = ("criado_em", "tipo", "estado", "passo_atual", "alvo_recurso", "alvo_id", "responsavel", "erro")
    list_filter = ("estado", ("responsavel", AutocompleteSelectFilter))
    transitions = (
        Transition("repetir", "Repetir", sagas.repetir_saga),
        Transition("cancelar", "Cancelar", sagas.cancelar_saga),
    )
    inlines = (PassoSagaInline,)
