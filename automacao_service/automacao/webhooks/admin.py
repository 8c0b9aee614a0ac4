"""Webhooks and their deliveries in the admin. Neither a secret nor an address, which may hold one, is ever on a page."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm_shared.admin.bounded import uuid_or_none
from crm_shared.admin.records import RecordAdmin, RulesAdmin
from crm_shared.admin.transitions import Transition
from crm_shared.auth.principal import Principal

from . import services
from .models import EntregaWebhook, Webhook
from .views import EntregaViewSet, WebhookViewSet


def _testar(*, ator: Principal, pk: UUID, versao: int | None = None) -> EntregaWebhook:
    return services.testar_webhook(ator=ator, pk=pk)


@admin.register(Webhook)
class WebhookAdmin(RecordAdmin):
    """Renamed, switched off, tested. It is made by the API, whose answer alone tells its secret."""

    viewset = WebhookViewSet
    addable = False
    list_display = ("nome", "destino", "ativo", "motivo_desativacao", "responsavel", "falhas_seguidas", "ultimo_sucesso_em")
    list_filter = ("ativo", "motivo_desativacao", ("responsavel", AutocompleteSelectFilter))
    transitions = (Transition("teste", "Enviar teste", _testar),)

    @cached_property
    def shown(self) -> list[str]:
        return [name for name in super().shown if name not in Webhook.SECRETOS]

    def writable(self, *, change: bool) -> list[str]:
        return [name for name in super().writable(change=change) if name not in Webhook.SECRETOS]


@admin.register(EntregaWebhook)
class EntregaWebhookAdmin(RulesAdmin):
    viewset = EntregaViewSet
    list_display = ("criado_em", "webhook", "evento_tipo", "estado", "tentativas", "ultimo_status", "erro", "terminada_em")
    list_filter = ("estado", ("webhook", AutocompleteSelectFilter))
    search_fields = ("pk",)
    search_help_text = "O webhook-id da entrega"
    transitions = (Transition("reenviar", "Reenviar", services.reenviar_entrega),)

    @cached_property
    def shown(self) -> list[str]:
        """The message is its owner's to read, by the API."""
        return [name for name in super().shown if name != "mensagem"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(pk=uuid_or_none(search_term)) if search_term.strip() else queryset), False
