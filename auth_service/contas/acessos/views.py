"""Sessions and the access log over HTTP."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.concurrency import if_match
from crm_shared.api.fields import InstantField
from crm_shared.api.filters import StrictFilterSet
from crm_shared.api.serializers import RECORD_FIELDS, EmptySerializer, RecordSerializer, ShownColumn
from crm_shared.api.viewsets import ReadOnlyViewSet

from .. import scopes
from ..acesso import sid_of
from ..models import RegistroAcesso, Sessao
from ..so_pessoas import SoPessoas
from . import selectors, services


@extend_schema_field(serializers.BooleanField(help_text="A sessão deste pedido."))
class AtualField(ShownColumn):
    @classmethod
    def shower(cls, serializer: Any, *, listed: bool = True) -> Callable[[Any], bool]:
        request = serializer.context.get("request")
        sid = sid_of(request) if request else None
        return lambda pk: pk == sid


class SessaoSerializer(RecordSerializer):
    usuario_id = serializers.UUIDField(read_only=True)
    usuario_nome = serializers.CharField(source="usuario.nome", read_only=True)
    usada_em = InstantField(read_only=True, allow_null=True, help_text="A última renovação.")
    atual = AtualField(source="id", read_only=True)

    class Meta:
        model = Sessao
        fields = (
            *RECORD_FIELDS,
            "nome",
            "usuario_id",
            "usuario_nome",
            "agente",
            "ip",
            "atual",
            "usada_em",
            "absoluta_ate",
            "encerrada_em",
            "motivo",
        )
        read_only_fields = tuple(name for name in fields if name != "nome")


class SessaoFilter(StrictFilterSet):
    usuario_id = django_filters.UUIDFilter(field_name="usuario_id")
    aberta = django_filters.BooleanFilter(method="por_abertura", label="Ainda pode ser renovada")

    def por_abertura(self, queryset: QuerySet[Sessao], _name: str, value: bool) -> QuerySet[Sessao]:
        return selectors.abertas(queryset, value)


class SessaoViewSet(SoPessoas, ReadOnlyViewSet):
    """Sessões: as próprias e, de quem administra usuários, as deles."""

    recurso = "usuarios"
    required_scopes = scopes.SESSOES
    queryset = selectors.sessoes()
    serializer_class = SessaoSerializer
    filterset_class = SessaoFilter
    unversioned = frozenset({"encerrar", "encerrar_outras"})

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return selectors.de_quem_se_ve(queryset, self.principal)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Dá um nome a uma sessão própria."""
        record = self.visible_record()
        dados = self.validated(SessaoSerializer, instance=record, partial=True)
        changed = services.nomear_sessao(ator=self.principal, pk=record.pk, dados=dados, versao=if_match(request))
        return self.show(self.reload(changed))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def encerrar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra uma sessão; os tokens dela deixam de valer em toda parte."""
        return self.transition(services.encerrar_sessao)

    @extend_schema(request=EmptySerializer, responses={204: None})
    @action(detail=False, methods=["post"], url_path="encerrar-outras")
    def encerrar_outras(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra as próprias sessões, menos esta."""
        self.validated(EmptySerializer)
        services.encerrar_outras(ator=self.principal, sid=sid_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcessoSerializer(RecordSerializer):
    """Uma tentativa de entrar."""

    usuario_id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Vazio quando o e-mail não era de ninguém.")
    usuario_nome = serializers.CharField(source="usuario.nome", read_only=True, allow_null=True)

    class Meta:
        model = RegistroAcesso
        fields = ("id", "usuario_id", "usuario_nome", "resultado", "ip", "agente", "criado_em")
        read_only_fields = fields


class AcessoFilter(StrictFilterSet):
    usuario_id = django_filters.UUIDFilter(field_name="usuario_id")
    resultado = django_filters.ChoiceFilter(field_name="resultado", choices=RegistroAcesso.Resultado.choices)


class AcessoViewSet(ReadOnlyViewSet):
    """Registro de acessos: as tentativas próprias de entrar e, de quem administra usuários, as deles. Guardadas por seis meses."""

    recurso = "usuarios"
    required_scopes = scopes.ACESSOS
    queryset = RegistroAcesso.objects.select_related("usuario")
    serializer_class = AcessoSerializer
    filterset_class = AcessoFilter

    def get_queryset(self) -> QuerySet[RegistroAcesso]:
        return selectors.de_quem_se_ve(self.queryset.all(), self.principal)
