"""The second factor over HTTP: the second step of a sign-in, and what people do with their own."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.serializers import StrictSerializer
from crm_shared.api.viewsets import ScopedViewSet

from .. import scopes, sessoes
from ..acesso import ParSerializer, PublicView, par_response, sid_of
from ..eu import usuario_de
from ..rede import origem_de
from ..senhas import MAX_LENGTH
from ..so_pessoas import SoPessoas
from . import services

_CODIGO = "O código de 6 algarismos do aplicativo, ou um de recuperação."


def _senha() -> serializers.CharField:
    return serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False, write_only=True, help_text="A senha atual.")


def _codigo() -> serializers.CharField:
    return serializers.CharField(max_length=20, help_text=_CODIGO)


class CodigoDoLoginSerializer(StrictSerializer):
    desafio = serializers.CharField(max_length=512, help_text="O que o login respondeu.")
    codigo = _codigo()


class IniciarSerializer(StrictSerializer):
    senha = _senha()


class ConfirmarSerializer(StrictSerializer):
    codigo = serializers.CharField(max_length=20, help_text="O primeiro código que o aplicativo mostra.")


class SenhaECodigoSerializer(StrictSerializer):
    senha = _senha()
    codigo = _codigo()


class SituacaoSerializer(serializers.Serializer[Any]):
    """O segundo fator da própria conta."""

    ativo = serializers.BooleanField()
    confirmado_em = serializers.DateTimeField(allow_null=True)
    exigido = serializers.BooleanField(help_text="Pelo papel: sem ele, a sessão só pode ativá-lo.")
    codigos_livres = serializers.IntegerField(help_text="Códigos de recuperação ainda não usados.")


class NovoFatorSerializer(serializers.Serializer[Any]):
    """O que entra no aplicativo autenticador; só nesta resposta."""

    segredo = serializers.CharField(help_text="Em base32, para digitar.")
    otpauth = serializers.CharField(help_text="O mesmo, para um código QR.")


class CodigosSerializer(serializers.Serializer[Any]):
    """Códigos de recuperação, cada um serve uma vez; só nesta resposta."""

    codigos = serializers.ListField(child=serializers.CharField())


class CodigoDoLoginView(PublicView):
    refusals = {"post": (401, 429, 503)}

    @extend_schema(auth=[], request=CodigoDoLoginSerializer, responses=ParSerializer)
    def post(self, request: Request) -> Response:
        """Conclui o login de quem tem segundo fator."""
        dados = self.body(CodigoDoLoginSerializer)
        return par_response(sessoes.entrar_com_codigo(texto=dados["desafio"], codigo=dados["codigo"], origem=origem_de(request)))


class SegundoFatorViewSet(SoPessoas, ScopedViewSet):
    """O segundo fator da própria conta."""

    open_while_enrolling = True
    required_scopes = scopes.SEGUNDO_FATOR
    refusals = {"iniciar": (409, 429), "confirmar": (409, 429), "codigos": (409, 429), "desativar": (409, 429)}
    serializer_class = SituacaoSerializer

    @extend_schema(responses=SituacaoSerializer)
    def ler(self, request: Request) -> Response:
        """Se o segundo fator está ativo, e se o papel o exige."""
        return Response(SituacaoSerializer(services.situacao(usuario_de(self.principal))).data)

    @extend_schema(request=IniciarSerializer, responses=NovoFatorSerializer)
    def iniciar(self, request: Request) -> Response:
        """Dá um segredo para o aplicativo autenticador (TOTP); vale depois de confirmado."""
        novo = services.iniciar(ator=self.principal, **self.validated(IniciarSerializer), origem=origem_de(request))
        return _once({"segredo": novo.segredo, "otpauth": novo.otpauth})

    @extend_schema(request=ConfirmarSerializer, responses=CodigosSerializer)
    def confirmar(self, request: Request) -> Response:
        """Ativa o segundo fator com o primeiro código e encerra as outras sessões."""
        codigos = services.confirmar(ator=self.principal, sid=sid_of(request), **self.validated(ConfirmarSerializer))
        return _once({"codigos": codigos})

    @extend_schema(request=SenhaECodigoSerializer, responses=CodigosSerializer)
    def codigos(self, request: Request) -> Response:
        """Troca os códigos de recuperação."""
        codigos = services.renovar_codigos(ator=self.principal, **self.validated(SenhaECodigoSerializer), origem=origem_de(request))
        return _once({"codigos": codigos})

    @extend_schema(request=SenhaECodigoSerializer, responses={204: None})
    def desativar(self, request: Request) -> Response:
        """Desativa o segundo fator e encerra as outras sessões."""
        dados = self.validated(SenhaECodigoSerializer)
        services.desativar(ator=self.principal, sid=sid_of(request), **dados, origem=origem_de(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _once(secrets: dict[str, Any]) -> Response:
    """An answer whose members no Idempotency-Key keeps (crm_shared.api.idempotency)."""
    response = Response(secrets)
    response.shown_once = tuple(secrets)  # type: ignore[attr-defined]
    return response
