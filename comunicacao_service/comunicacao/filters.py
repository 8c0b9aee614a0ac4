"""The filters that each list accepts."""

import django_filters
from django.db.models import QuerySet

from crm_shared.api.filters import CleanedFilter, InstantFilter, StrictFilterSet
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.identity.phones import clean_phone
from crm_shared.q import fields_of, named
from crm_shared.q.names import OWNER_Q_FIELDS, called

from .models import Canal, Conversa, Identidade, Mensagem


class CanalFilter(StrictFilterSet):
    tipo = django_filters.ChoiceFilter(choices=Canal.Tipo.choices)
    ativo = django_filters.BooleanFilter(field_name="ativo")


class IdentidadeFilter(StrictFilterSet):
    canal_id = django_filters.UUIDFilter(field_name="canal_id")
    tipo = django_filters.ChoiceFilter(choices=Identidade.Tipo.choices)
    id_externo = django_filters.CharFilter(field_name="id_externo")
    telefone = CleanedFilter(
        field_name="telefone_equivalencia",
        cleaner=lambda text: clean_phone(text).equivalence,
        label="Telefone em qualquer formato, com ou sem o nono dígito",
    )
    cliente_id = django_filters.UUIDFilter(field_name="cliente_id")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")


class ConversaFilter(ExtensibleFilterSet):
    canal_id = django_filters.UUIDFilter(field_name="canal_id")
    identidade_id = django_filters.UUIDFilter(field_name="identidade_id")
    cliente_id = django_filters.UUIDFilter(field_name="cliente_id")
    empresa_id = django_filters.UUIDFilter(field_name="empresa_id")
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    estado = django_filters.ChoiceFilter(choices=Conversa.Estado.choices)
    prioridade = django_filters.ChoiceFilter(choices=Conversa.Prioridade.choices)
    aguardando = django_filters.BooleanFilter(method="por_espera", label="O cliente espera uma resposta")
    nao_lida = django_filters.BooleanFilter(method="por_leitura", label="Há mensagens não lidas")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")
    ultima_mensagem_em__gte = InstantFilter(field_name="ultima_mensagem_em", lookup_expr="gte")
    ultima_mensagem_em__lt = InstantFilter(field_name="ultima_mensagem_em", lookup_expr="lt")

    def por_espera(self, queryset: QuerySet[Conversa], _name: str, value: bool) -> QuerySet[Conversa]:
        return queryset.filter(aguardando_desde__isnull=not value)

    def por_leitura(self, queryset: QuerySet[Conversa], _name: str, value: bool) -> QuerySet[Conversa]:
        return queryset.filter(nao_lidas__gt=0) if value else queryset.filter(nao_lidas=0)


class MensagemFilter(StrictFilterSet):
    direcao = django_filters.ChoiceFilter(choices=Mensagem.Direcao.choices)
    estado = django_filters.ChoiceFilter(choices=Mensagem.Estado.choices)


IDENTIDADE_Q = {
    **fields_of(Identidade, "tipo", "username", "cliente_id", "canal_id", "criado_em", "atualizado_em"),
    "canal": named("canal_id", called(Canal)),
    **OWNER_Q_FIELDS,
}
CONVERSA_Q = {
    **fields_of(Conversa, "estado", "prioridade", "nao_lidas", "aguardando_desde", "adiada_ate", "resolvida_em"),
    **fields_of(Conversa, "primeira_resposta_em", "ultima_mensagem_em", "criado_em"),
    **fields_of(Conversa, "identidade_id", "cliente_id", "empresa_id", "canal_id"),
    "canal": named("canal_id", called(Canal)),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
