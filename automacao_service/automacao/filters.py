"""The filters that the lists of flows, runs and sagas accept."""

import django_filters

from crm_shared.api.filters import InstantFilter, StrictFilterSet
from crm_shared.events.contracts import CONTRACTS

from .models import Execucao, Fluxo, Saga
from .sagas.registro import nomes


class FluxoFilter(StrictFilterSet):
    estado = django_filters.ChoiceFilter(choices=Fluxo.Estado.choices)
    evento_tipo = django_filters.ChoiceFilter(choices=[(tipo, tipo) for tipo in CONTRACTS], label="Evento que inicia o fluxo")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")


class ExecucaoFilter(StrictFilterSet):
    fluxo_id = django_filters.UUIDFilter(field_name="fluxo_id")
    estado = django_filters.ChoiceFilter(choices=Execucao.Estado.choices)
    motivo = django_filters.ChoiceFilter(choices=Execucao.Motivo.choices)
    alvo_id = django_filters.UUIDFilter(field_name="alvo_id")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")


class SagaFilter(StrictFilterSet):
    tipo = django_filters.ChoiceFilter(choices=[(nome, nome) for nome in nomes()])
    estado = django_filters.ChoiceFilter(choices=Saga.Estado.choices)
    alvo_id = django_filters.UUIDFilter(field_name="alvo_id")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")
