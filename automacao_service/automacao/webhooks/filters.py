"""The filters that the lists of subscriptions and deliveries accept."""

import django_filters

from crm_shared.api.filters import InstantFilter, StrictFilterSet
from crm_shared.events.contracts import CONTRACTS

from .models import EntregaWebhook, Webhook
from .services import TIPO_TESTE


class WebhookFilter(StrictFilterSet):
    ativo = django_filters.BooleanFilter()
    motivo_desativacao = django_filters.ChoiceFilter(choices=Webhook.Motivo.choices)
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")


class EntregaFilter(StrictFilterSet):
    webhook_id = django_filters.UUIDFilter(field_name="webhook_id")
    evento_id = django_filters.UUIDFilter(field_name="evento_id")
    evento_tipo = django_filters.ChoiceFilter(choices=[(tipo, tipo) for tipo in (*CONTRACTS, TIPO_TESTE)])
    estado = django_filters.ChoiceFilter(choices=[item for item in EntregaWebhook.Estado.choices if item[0] != "oculta"])
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")
