"""The filters that the list of tasks accepts."""

import django_filters
from django.db.models import QuerySet

from crm_shared.api.filters import InstantFilter
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.q import fields_of
from crm_shared.q.names import OWNER_Q_FIELDS

from . import selectors
from .models import Tarefa

QUANDO = (("atrasadas", "atrasadas"), ("hoje", "vencem hoje"), ("semana", "vencem nos sete dias a partir de hoje"))


class TarefaFilter(ExtensibleFilterSet):
    """`vence_em` is the instant after which a task is late, whether it is due on a day or at an instant."""

    estado = django_filters.ChoiceFilter(choices=Tarefa.Estado.choices)
    tipo = django_filters.ChoiceFilter(choices=Tarefa.Tipo.choices)
    prioridade = django_filters.ChoiceFilter(choices=Tarefa.Prioridade.choices)
    quando = django_filters.ChoiceFilter(choices=QUANDO, method="por_quando", label="Só tarefas abertas")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    criador_id = django_filters.UUIDFilter(field_name="criador_id")
    vinculo_id = django_filters.UUIDFilter(method="por_vinculo", label="Registro a que a tarefa se refere")
    vencimento_data = django_filters.DateFilter(field_name="vencimento_data")
    vencimento_data__gte = django_filters.DateFilter(field_name="vencimento_data", lookup_expr="gte")
    vencimento_data__lte = django_filters.DateFilter(field_name="vencimento_data", lookup_expr="lte")
    vencimento_em__gte = InstantFilter(field_name="vencimento_em", lookup_expr="gte")
    vencimento_em__lt = InstantFilter(field_name="vencimento_em", lookup_expr="lt")
    vence_em__gte = InstantFilter(field_name="vence_em", lookup_expr="gte")
    vence_em__lt = InstantFilter(field_name="vence_em", lookup_expr="lt")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")

    def por_quando(self, queryset: QuerySet[Tarefa], _name: str, value: str) -> QuerySet[Tarefa]:
        return selectors.quando(value, queryset)

    def por_vinculo(self, queryset: QuerySet[Tarefa], _name: str, value: str) -> QuerySet[Tarefa]:
        return selectors.vinculadas_a(value, queryset)


TAREFA_Q = {
    **fields_of(Tarefa, "tipo", "estado", "prioridade", "vencimento_data", "vence_em", "inicio", "duracao_min", "adiada_ate"),
    **fields_of(Tarefa, "concluida_em", "criador_id", "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
