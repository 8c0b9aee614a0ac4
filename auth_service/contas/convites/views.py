"""Invitations over HTTP: those who invite, and the invited person, who has no token yet."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.filters import CleanedFilter, StrictFilterSet
from crm_shared.api.serializers import RECORD_FIELDS, EmptySerializer, RecordSerializer, StrictSerializer
from crm_shared.api.viewsets import ReadOnlyViewSet
from crm_shared.identity.emails import clean_email, mask_email
from crm_shared.identity.fields import CleanEmailField

from .. import scopes
from ..acesso import PublicView
from ..correio.views import TOKEN_MAX
from ..serializers import senha_field
from . import services
from .models import Convite
from .selectors import convites_visiveis


class ConviteSerializer(RecordSerializer):
    email = CleanEmailField()
    papel_id = serializers.UUIDField()
    papel_nome = serializers.CharField(source="papel.nome", read_only=True)
    equipe_id = serializers.UUIDField(required=False, allow_null=True)
    convidado_por_id = serializers.UUIDField(read_only=True, allow_null=True)
    usuario_id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Quem aceitou.")

    masks: ClassVar[dict[str, Any]] = {"email": mask_email}

    class Meta:
        model = Convite
        fields = (*RECORD_FIELDS, "email", "papel_id", "papel_nome", "equipe_id", "convidado_por_id", "estado", "expira_em", "usuario_id")
        read_only_fields = (*RECORD_FIELDS, "estado", "expira_em")


class ConviteFilter(StrictFilterSet):
    email = CleanedFilter(cleaner=clean_email, field_name="email", label="E-mail exato")
    estado = django_filters.ChoiceFilter(field_name="estado", choices=Convite.Estado.choices)


class AceitarConviteSerializer(StrictSerializer):
    token = serializers.CharField(max_length=TOKEN_MAX, help_text="O código da mensagem; serve uma vez.")
    nome = serializers.CharField(max_length=120)
    senha = senha_field("Ao menos 10 caracteres; nem comum, nem parecida com o nome ou o e-mail.")


class AceitoSerializer(serializers.Serializer[Any]):
    """A conta que o convite abriu; o próximo passo é o login."""

    id = serializers.UUIDField()
    nome = serializers.CharField()
    email = serializers.EmailField()


class ConviteViewSet(ReadOnlyViewSet):
    """Convites a novos usuários."""

    recurso = "usuarios"
    required_scopes = scopes.CONVITES
    queryset = Convite.objects.select_related("papel")
    serializer_class = ConviteSerializer
    filterset_class = ConviteFilter
    refusals = {"create": (409, 422), "reenviar": (409, 422), "cancelar": (409,)}

    def get_queryset(self) -> QuerySet[Convite]:
        return convites_visiveis(super().get_queryset(), self.principal, self.acao)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Convida alguém por e-mail, com papel e equipe."""
        convite = services.criar_convite(ator=self.principal, dados=self.validated(ConviteSerializer))
        return self.show(self.reload(convite), status.HTTP_201_CREATED, Location=f"{request.path.rstrip('/')}/{convite.pk}")

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def reenviar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Envia outra mensagem, com outro código e mais sete dias; o código anterior deixa de valer."""
        return self.transition(services.reenviar_convite)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def cancelar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancela o convite."""
        return self.transition(services.cancelar_convite)


class AceitarConviteView(PublicView):
    refusals = {"post": (409, 429, 503)}

    @extend_schema(auth=[], request=AceitarConviteSerializer, responses={201: AceitoSerializer})
    def post(self, request: Request) -> Response:
        """Aceita o convite com nome e senha próprios."""
        usuario = services.aceitar_convite(**self.body(AceitarConviteSerializer))
        return Response({"id": usuario.pk, "nome": usuario.nome, "email": usuario.email}, status=status.HTTP_201_CREATED)
