"""API keys over HTTP: for their owners, who signed in by themselves, and the exchange that the gateway asks for."""

from ipaddress import ip_network
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.concurrency import if_match
from crm_shared.api.filters import StrictFilterSet
from crm_shared.api.serializers import RECORD_FIELDS, RecordSerializer, StrictSerializer
from crm_shared.api.viewsets import ReadOnlyViewSet
from crm_shared.auth.scopes import ACOES, RECURSOS

from .. import scopes, tokens
from ..acesso import AccessSerializer, PublicView
from ..acessos.selectors import de_quem_se_ve
from ..rede import origem_de
from ..so_pessoas import SoPessoas
from . import services
from .models import ChaveApi

MAX_REDES = 20
MAX_ESCOPOS = 100
_ESCOPOS = [f"{recurso}:{acao}" for recurso in RECURSOS for acao in ACOES]


class RedeField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        try:
            return str(ip_network(super().to_internal_value(data)))
        except ValueError:
            raise serializers.ValidationError("Informe um endereço ou uma rede, como 203.0.113.0/24.", code="rede_invalida") from None


class ChaveApiSerializer(RecordSerializer):
    usuario_id = serializers.UUIDField(read_only=True)
    usuario_nome = serializers.CharField(source="usuario.nome", read_only=True)
    escopos = serializers.ListField(
        child=serializers.ChoiceField(choices=_ESCOPOS), max_length=MAX_ESCOPOS, help_text="O que ela permite, no máximo; sem nenhum, nada."
    )
    redes = serializers.ListField(
        child=RedeField(max_length=50),
        max_length=MAX_REDES,
        required=False,
        help_text="De onde vale, como 203.0.113.0/24; sem nenhuma, de toda parte.",
    )

    class Meta:
        model = ChaveApi
        fields: tuple[str, ...] = (
            *RECORD_FIELDS,
            "nome",
            "prefixo",
            "usuario_id",
            "usuario_nome",
            "escopos",
            "redes",
            "expira_em",
            "anterior_ate",
            "usada_em",
            "usada_de",
        )
        read_only_fields = (*RECORD_FIELDS, "prefixo", "anterior_ate", "usada_em", "usada_de")


class ChaveNovaSerializer(ChaveApiSerializer):
    """Com a própria chave, que só esta resposta mostra."""

    segredo = serializers.CharField(
        source="segredo_novo", read_only=True, allow_null=True, help_text="Só nesta resposta; nula quando ela é repetida."
    )

    class Meta(ChaveApiSerializer.Meta):
        fields = (*ChaveApiSerializer.Meta.fields, "segredo")


class GirarChaveSerializer(StrictSerializer):
    manter_horas = serializers.IntegerField(
        default=24, min_value=0, max_value=services.MAX_HORAS, help_text="Por quantas horas a chave anterior ainda vale; 0, nenhuma."
    )


class TrocarChaveSerializer(StrictSerializer):
    chave = serializers.CharField(max_length=200)


class ChaveApiFilter(StrictFilterSet):
    usuario_id = django_filters.UUIDFilter(field_name="usuario_id")


class ChaveApiViewSet(SoPessoas, ReadOnlyViewSet):
    """Chaves com que programas agem por uma pessoa: `Authorization: Bearer crm_...` no gateway."""

    recurso = "usuarios"
    required_scopes = scopes.CHAVES_API
    queryset = ChaveApi.objects.select_related("usuario")
    serializer_class = ChaveApiSerializer
    filterset_class = ChaveApiFilter
    refusals = {"create": (422,)}

    def visible(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return de_quem_se_ve(queryset, self.principal)

    @extend_schema(request=ChaveApiSerializer, responses={201: ChaveNovaSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria uma chave própria, com parte do que se pode; a resposta a mostra uma única vez."""
        chave = services.criar_chave(ator=self.principal, dados=self.validated(ChaveApiSerializer))
        return self._shown_once(chave, status.HTTP_201_CREATED, Location=f"{request.path.rstrip('/')}/{chave.pk}")

    @extend_schema(request=GirarChaveSerializer, responses=ChaveNovaSerializer)
    @action(detail=True, methods=["post"])
    def girar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Põe outra chave no lugar desta, que ainda vale por um tempo."""
        record = self.visible_record()
        chave = services.girar_chave(ator=self.principal, pk=record.pk, versao=if_match(request), **self.validated(GirarChaveSerializer))
        return self._shown_once(chave)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoga a chave; os tokens dela deixam de valer em toda parte."""
        record = self.visible_record()
        services.revogar_chave(ator=self.principal, pk=record.pk, versao=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown_once(self, chave: ChaveApi, code: int = 200, **headers: str) -> Response:
        response = self.show(chave, code, **headers)
        response.data = {**response.data, "segredo": chave.segredo_novo}  # type: ignore[attr-defined]
        response.shown_once = ("segredo",)  # type: ignore[attr-defined]  # idempotency keeps the answer without it
        return response


class TrocarChaveView(PublicView):
    refusals = {"post": (401, 429, 503)}

    @extend_schema(auth=[], request=TrocarChaveSerializer, responses=AccessSerializer)
    def post(self, request: Request) -> Response:
        """Troca uma chave por um token de acesso curto; o gateway o faz por si."""
        dados = self.body(TrocarChaveSerializer)
        access, fim = services.trocar(texto=dados["chave"], origem=origem_de(request))
        vida = tokens.VALIDADE if fim is None else min(tokens.VALIDADE, fim - timezone.now())
        return Response({"access": access, "expires_in": max(int(vida.total_seconds()), 0), "token_type": "Bearer"})
