"""The filters that the lists of deals, stages and products accept."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from crm_shared.api.filters import InstantFilter, StrictFilterSet
from crm_shared.extensions.filters import TAG_Q_FIELDS, ExtensibleFilterSet
from crm_shared.q import fields_of, named
from crm_shared.q.names import OWNER_Q_FIELDS, called

from .models import Etapa, Funil, ItemOportunidade, MotivoPerda, Oportunidade, Origem, Produto, Status


class OportunidadeFilter(ExtensibleFilterSet):
    codigo = django_filters.CharFilter(field_name="codigo", label="Código inteiro, como OP-2026-00013")
    funil_id = django_filters.UUIDFilter(field_name="funil_id")
    etapa_id = django_filters.UUIDFilter(field_name="etapa_id")
    status = django_filters.ChoiceFilter(choices=Status.choices)
    responsavel_id = django_filters.UUIDFilter(field_name="responsavel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    empresa_id = django_filters.UUIDFilter(field_name="empresa_id")
    cliente_id = django_filters.UUIDFilter(field_name="cliente_id")
    produto_id = django_filters.UUIDFilter(method="por_produto", label="Produto entre os itens")
    motivo_perda_id = django_filters.UUIDFilter(field_name="motivo_perda_id")
    origem = django_filters.ChoiceFilter(choices=Origem.choices)
    valor__gte = django_filters.NumberFilter(field_name="valor", lookup_expr="gte")
    valor__lte = django_filters.NumberFilter(field_name="valor", lookup_expr="lte")
    fechamento_previsto__gte = django_filters.DateFilter(field_name="fechamento_previsto", lookup_expr="gte")
    fechamento_previsto__lte = django_filters.DateFilter(field_name="fechamento_previsto", lookup_expr="lte")
    aberta_em__gte = django_filters.DateFilter(field_name="aberta_em", lookup_expr="gte")
    aberta_em__lte = django_filters.DateFilter(field_name="aberta_em", lookup_expr="lte")
    fechada_em__gte = InstantFilter(field_name="fechada_em", lookup_expr="gte")
    fechada_em__lt = InstantFilter(field_name="fechada_em", lookup_expr="lt")
    criado_em__gte = InstantFilter(field_name="criado_em", lookup_expr="gte")
    criado_em__lt = InstantFilter(field_name="criado_em", lookup_expr="lt")

    def por_produto(self, queryset: QuerySet[Oportunidade], _name: str, value: str) -> QuerySet[Oportunidade]:
        itens = ItemOportunidade.objects.vivos().filter(produto_id=value, oportunidade_id=OuterRef("pk"))
        return queryset.filter(Exists(itens))


class EtapaFilter(StrictFilterSet):
    funil_id = django_filters.UUIDFilter(field_name="funil_id")
    tipo = django_filters.ChoiceFilter(choices=Etapa.Tipo.choices)


class AtivoFilter(StrictFilterSet):
    ativo = django_filters.BooleanFilter(field_name="ativo")


class ProdutoFilter(AtivoFilter, ExtensibleFilterSet):
    codigo = django_filters.CharFilter(field_name="codigo", label="Código (SKU) inteiro")


OPORTUNIDADE_Q = {
    **fields_of(Oportunidade, "codigo", "status", "valor", "moeda", "origem_valor", "probabilidade", "origem", "lead_id"),
    **fields_of(Oportunidade, "aberta_em", "fechada_em", "fechamento_previsto", "etapa_desde", "criado_em", "atualizado_em"),
    **fields_of(Oportunidade, "funil_id", "etapa_id", "empresa_id", "cliente_id"),
    "funil": named("funil_id", called(Funil)),
    "etapa": named("etapa_id", called(Etapa)),
    "motivo_perda": named("motivo_perda_id", called(MotivoPerda)),
    **OWNER_Q_FIELDS,
    **TAG_Q_FIELDS,
}
PRODUTO_Q = {**fields_of(Produto, "codigo", "preco", "moeda", "unidade", "ativo", "criado_em", "atualizado_em"), **TAG_Q_FIELDS}
