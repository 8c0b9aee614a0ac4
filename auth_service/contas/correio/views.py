"""A forgotten password over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.serializers import StrictSerializer

from ..acesso import PublicView
from ..rede import origem_de
from ..serializers import senha_field
from . import senha

TOKEN_MAX = 128


class EsqueciSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254)


class RedefinirSerializer(StrictSerializer):
    token = serializers.CharField(max_length=TOKEN_MAX, help_text="O código da mensagem; serve uma vez.")
    senha = senha_field("Ao menos 10 caracteres; nem comum, nem parecida com o nome ou o e-mail.")


class EsqueciView(PublicView):
    refusals = {"post": (422, 429, 503)}

    @extend_schema(auth=[], request=EsqueciSerializer, responses={202: None})
    def post(self, request: Request) -> Response:
        """Envia um código para uma senha nova, se houver conta com este e-mail; a resposta é a mesma se não houver."""
        senha.pedir(**self.body(EsqueciSerializer), origem=origem_de(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class RedefinirView(PublicView):
    refusals = {"post": (429, 503)}

    @extend_schema(auth=[], request=RedefinirSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Define a senha nova com o código da mensagem e encerra todas as sessões."""
        senha.redefinir(**self.body(RedefinirSerializer))
        return Response(status=status.HTTP_204_NO_CONTENT)
