"""The filters that the lists of flows, runs and sagas accept."""

import django_filters

from crm_shared.api.filters import InstantFilter, StrictFilterSet
from crm_shared.events.contracts import CONTRACTS
from crm_shared.q import fields_of, named
from crm_shared.q.names import OWNER_Q_FIELDS, called

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


FLUXO_Q = {
    **fields_of(Fluxo, "nome", "estado", "evento_tipo", "ultima_versao", "publicado_em", "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
}
EXECUCAO_Q = {
    **fields_of(Execucao, "estado", "motivo", "evento_tipo", "evento_id", "fluxo_id", "alvo_recurso", "alvo_id", "passo_atual", "erro"),
    **fields_of(Execucao, "tentativas", "profundidade", "iniciada_em", "terminada_em", "criado_em", "atualizado_em"),
    "fluxo": named("fluxo_id", called(Fluxo)),
}
SAGA_Q = {
    **fields_of(Saga, "tipo", "estado", "alvo_recurso", "alvo_id", "passo_atual", "erro", "progresso_em", "terminada_em"),
    **fields_of(Saga, "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
}
