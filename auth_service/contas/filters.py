"""The filters that the lists of users, teams and roles accept."""

import django_filters

from crm_shared.api.filters import CleanedFilter, StrictFilterSet
from crm_shared.identity.emails import clean_email
from crm_shared.q import fields_of, named
from crm_shared.q.names import called

from .models import Equipe, Papel, Usuario


class UsuarioFilter(StrictFilterSet):
    email = CleanedFilter(cleaner=clean_email, field_name="email", label="E-mail exato")
    papel_id = django_filters.UUIDFilter(field_name="papel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    ativo = django_filters.BooleanFilter(field_name="ativo")


class EquipeFilter(StrictFilterSet):
    nome = django_filters.CharFilter(field_name="nome", label="Nome exato")
    pai_id = django_filters.UUIDFilter(field_name="pai_id")
    lider_id = django_filters.UUIDFilter(field_name="lider_id")
    regiao = django_filters.CharFilter(field_name="regiao_efetiva", label="Região em vigor, própria ou herdada")


class PapelFilter(StrictFilterSet):
    nome = django_filters.CharFilter(field_name="nome", label="Nome exato")
    sistema = django_filters.BooleanFilter(field_name="sistema")


USUARIO_Q = {
    **fields_of(Usuario, "ativo", "criado_em", "atualizado_em", "papel_id", "equipe_id"),
    "papel": named("papel_id", called(Papel)),
    "equipe": named("equipe_id", called(Equipe)),
}
