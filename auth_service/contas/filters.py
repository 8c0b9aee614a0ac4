"""The filters that the lists of users, teams and roles accept."""

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from crm_shared.api.filters import StrictFilterSet
from crm_shared.identity.emails import clean_email
from crm_shared.identity.errors import IdentityError

from .models import Usuario


class UsuarioFilter(StrictFilterSet):
    email = django_filters.CharFilter(method="por_email", label="E-mail exato")
    papel_id = django_filters.UUIDFilter(field_name="papel_id")
    equipe_id = django_filters.UUIDFilter(field_name="equipe_id")
    ativo = django_filters.BooleanFilter(field_name="ativo")

    def por_email(self, queryset: QuerySet[Usuario], _name: str, value: str) -> QuerySet[Usuario]:
        try:
            return queryset.filter(email=clean_email(value))
        except IdentityError as error:
            raise ValidationError(str(error), code=error.code) from None


class EquipeFilter(StrictFilterSet):
    nome = django_filters.CharFilter(field_name="nome", label="Nome exato")
    pai_id = django_filters.UUIDFilter(field_name="pai_id")
    lider_id = django_filters.UUIDFilter(field_name="lider_id")
    regiao = django_filters.CharFilter(field_name="regiao_efetiva", label="Região em vigor, própria ou herdada")


class PapelFilter(StrictFilterSet):
    nome = django_filters.CharFilter(field_name="nome", label="Nome exato")
    sistema = django_filters.BooleanFilter(field_name="sistema")
