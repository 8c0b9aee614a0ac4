"""The filters that the lists of people and leads accept."""

from uuid import UUID

import django_filters
from django.db.models import QuerySet

from crm_shared.api.filters import CleanedFilter, InstantFilter
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.identity.documents import clean_cpf
from crm_shared.identity.emails import clean_email
from crm_shared.identity.phones import clean_phone
from crm_shared.q import fields_of
from crm_shared.q.names import OWNER_Q_FIELDS

from .models import Cliente, Lead, Origem


def chave_de_telefone(texto: str) -> str:
    return clean_phone(texto).equivalence


class ClienteFilter(ExtensibleFilterSet):
    """`email` and `telefone` look among all the person's contacts, the phone with or without mask and ninth digit."""

    cpf = CleanedFilter(cleaner=clean_cpf, label="CPF, com ou sem máscara")
    email = CleanedFilter(cleaner=clean_email, method="por_email", label="E-mail, principal ou não")
    telefone = CleanedFilter(
        cleaner=lambda texto: clean_phone(texto).equivalence, method="por_telefone", label="Telefone em qualquer formato"
    )
    empresa_id = django_filters.UUIDFilter(method="por_empresa", label="Empresa em que a pessoa trabalha")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    ciclo_vida = django_filters.ChoiceFilter(choices=Cliente.CicloVida.choices)
    origem = django_filters.ChoiceFilter(choices=Origem.choices)
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")

    def por_email(self, queryset: QuerySet[Cliente], _name: str, value: str) -> QuerySet[Cliente]:
        return self._por_meio(queryset, value, ("email",))

    def por_telefone(self, queryset: QuerySet[Cliente], _name: str, value: str) -> QuerySet[Cliente]:
        return self._por_meio(queryset, value, ("telefone", "whatsapp"))

    def por_empresa(self, queryset: QuerySet[Cliente], _name: str, value: UUID) -> QuerySet[Cliente]:
        return queryset.filter(vinculos__empresa_id=value, vinculos__excluido_em__isnull=True).distinct()

    def _por_meio(self, queryset: QuerySet[Cliente], chave: str, tipos: tuple[str, ...]) -> QuerySet[Cliente]:
        meios = {"meios__chave_equivalencia": chave, "meios__tipo__in": tipos, "meios__excluido_em__isnull": True}
        return queryset.filter(**meios).distinct()


class LeadFilter(ExtensibleFilterSet):
    cliente_id = django_filters.UUIDFilter(field_name="cliente_id")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    status = django_filters.ChoiceFilter(choices=Lead.Status.choices)
    temperatura = django_filters.ChoiceFilter(choices=Lead.Temperatura.choices)
    fonte = django_filters.ChoiceFilter(choices=Origem.choices)
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")


CLIENTE_Q = {
    **fields_of(Cliente, "ciclo_vida", "origem", "campanha", "nao_contatar", "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
LEAD_Q = {
    **fields_of(Lead, "status", "temperatura", "fonte", "valor_estimado", "cliente_id", "criado_em", "atualizado_em"),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
