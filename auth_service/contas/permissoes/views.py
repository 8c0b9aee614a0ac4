"""Rights over HTTP, for clients that show only what will work. Each service still decides by itself."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.serializers import StrictSerializer
from crm_shared.api.viewsets import ScopedViewSet
from crm_shared.auth.restrictable import NIVEIS_DE_CAMPO, SHORT
from crm_shared.auth.scopes import ACOES, RECURSOS

from .. import scopes
from ..models import Visibilidade
from . import selectors

MAX_PEDIDOS = 200


class PermissoesSerializer(serializers.Serializer[Any]):
    """O que a pessoa que chama pode agora."""

    permissoes = serializers.DictField(
        child=serializers.DictField(child=serializers.ChoiceField(choices=Visibilidade.choices)),
        help_text="Por recurso, a visibilidade de cada ação; o que falta não é permitido.",
    )
    equipes = serializers.ListField(child=serializers.UUIDField(), help_text="As que o nível `equipe` abre, a própria primeiro.")
    campos = serializers.DictField(
        child=serializers.DictField(child=serializers.ChoiceField(choices=NIVEIS_DE_CAMPO)),
        help_text="Por recurso, os campos com regra e o nível dela: `oculto`, `mascarado` ou `leitura`.",
    )


class PedidoSerializer(StrictSerializer):
    recurso = serializers.ChoiceField(choices=RECURSOS)
    acao = serializers.ChoiceField(choices=ACOES)
    campo = serializers.CharField(required=False, max_length=61, help_text="Um campo dele, de que se quer saber se há regra.")
    responsavel_id = serializers.UUIDField(required=False, allow_null=True, help_text="Do registro de que se trata.")
    equipe_id = serializers.UUIDField(required=False, allow_null=True, help_text="Do registro de que se trata.")


class AutorizarSerializer(StrictSerializer):
    pedidos = PedidoSerializer(many=True, min_length=1, max_length=MAX_PEDIDOS)  # type: ignore[call-arg]  # the list's, not the item's
    usuario_id = serializers.UUIDField(required=False, help_text="Outra pessoa, que se possa ver; sem ele, quem chama.")


class RespostaSerializer(serializers.Serializer[Any]):
    permitido = serializers.BooleanField()
    nivel = serializers.ChoiceField(choices=Visibilidade.choices, allow_null=True)
    motivo = serializers.CharField(help_text="`escopo_ausente`, `fora_do_alcance` ou `campo_restrito`; vazio quando é permitido.")
    campo = serializers.ChoiceField(choices=NIVEIS_DE_CAMPO, allow_null=True, help_text="O nível da regra do campo perguntado.")


class AutorizadoSerializer(serializers.Serializer[Any]):
    """Uma resposta para cada pedido, na mesma ordem."""

    respostas = RespostaSerializer(many=True)


class PermissoesViewSet(ScopedViewSet):
    """O que cada um pode."""

    required_scopes = scopes.PERMISSOES
    refusals = {"autorizar": (403, 404)}
    serializer_class = PermissoesSerializer

    @extend_schema(responses=PermissoesSerializer)
    def minhas(self, request: Request) -> Response:
        """O que eu posso agora, por recurso e ação."""
        direitos, matriz = selectors.minhas(self.principal)
        campos = {recurso: {campo: SHORT[letra] for campo, letra in regras.items()} for recurso, regras in direitos.campos.items()}
        return Response({"permissoes": matriz, "equipes": direitos.equipes, "campos": campos})

    @extend_schema(request=AutorizarSerializer, responses=AutorizadoSerializer)
    def autorizar(self, request: Request) -> Response:
        """Responde, de até 200 pedidos, quais seriam permitidos."""
        respostas = selectors.autorizar(ator=self.principal, **self.validated(AutorizarSerializer))
        return Response({"respostas": [asdict(resposta) for resposta in respostas]})
