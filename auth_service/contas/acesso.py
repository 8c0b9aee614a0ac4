"""Signing in and out, tokens and the caller's own account over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm_shared.api.concurrency import etag, if_match
from crm_shared.api.serializers import StrictSerializer
from crm_shared.api.simulating import refuse_to_simulate
from crm_shared.api.viewsets import ScopedViewSet
from crm_shared.auth.authentication import TokenAuthentication

from . import eu, keys, scopes, servicos, sessoes, tokens
from .direitos import direitos_de
from .models import Usuario
from .rede import origem_de
from .segundo_fator import desafio
from .senhas import MAX_LENGTH
from .serializers import senha_field
from .so_pessoas import SoPessoas

_TOKEN_MAX = 4096


class LoginSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254)
    senha = serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False)


class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=_TOKEN_MAX)


class LogoutSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=_TOKEN_MAX, required=False, help_text="Sem ele, vale o token de acesso do cabeçalho.")


class TokenInternoSerializer(StrictSerializer):
    assertion = serializers.CharField(max_length=_TOKEN_MAX, help_text='JWT ES256 do serviço, de no máximo 60 s; aud "crm-auth".')
    audiencia = serializers.ChoiceField(choices=servicos.SERVICOS)
    obo = serializers.UUIDField(required=False, help_text="Usuário em nome de quem o serviço age.")


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Segundos.")
    token_type = serializers.CharField()


class ParSerializer(AccessSerializer):
    refresh = serializers.CharField(help_text="Serve uma vez só: cada renovação devolve outro.")


class DesafioSerializer(serializers.Serializer[Any]):
    """A senha confere; falta o código do segundo fator."""

    desafio = serializers.CharField(help_text="Vai com o código a POST /auth/login/codigo; serve uma vez.")
    expires_in = serializers.IntegerField(help_text="Segundos.")


class PasseSerializer(serializers.Serializer[Any]):
    """Um refresh a mais da mesma sessão, para a página que o recebe."""

    passe = serializers.CharField(help_text="Serve uma vez só, em POST /auth/refresh.")
    expires_in = serializers.IntegerField(help_text="Segundos.")


class PublicView(APIView):
    """Needs no token: the body, or nothing, says who calls. tests/test_contrato.py lists every address of this kind.

    Not a ScopedViewSet: an Idempotency-Key would keep the answer, and with it the tokens, and would undo what a refusal writes.
    """

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_to_simulate(request)

    def body(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data


class LoginView(PublicView):
    refusals = {"post": (401, 429, 503)}

    @extend_schema(auth=[], request=LoginSerializer, responses={200: ParSerializer, 202: DesafioSerializer})
    def post(self, request: Request) -> Response:
        """Abre uma sessão ou, de quem tem segundo fator, pede o código dele (202)."""
        entrada = sessoes.entrar(**self.body(LoginSerializer), origem=origem_de(request))
        if isinstance(entrada, sessoes.Par):
            return par_response(entrada)
        validade = int(desafio.VALIDADE.total_seconds())
        return Response({"desafio": entrada.desafio, "expires_in": validade}, status=status.HTTP_202_ACCEPTED)


class RefreshView(PublicView):
    refusals = {"post": (401, 503)}

    @extend_schema(auth=[], request=RefreshSerializer, responses=ParSerializer)
    def post(self, request: Request) -> Response:
        """Troca o refresh por outro par; o papel e as equipes são lidos de novo."""
        return par_response(sessoes.renovar(**self.body(RefreshSerializer)))


class LogoutView(PublicView):
    refusals = {"post": (401, 503)}

    @extend_schema(auth=[{"token": []}, {}], request=LogoutSerializer, responses={204: None})  # type: ignore[list-item]  # really objects
    def post(self, request: Request) -> Response:
        """Encerra a sessão do refresh do corpo ou, sem ele, a do token de acesso."""
        refresh = self.body(LogoutSerializer).get("refresh")
        if refresh:  # first, so that a client whose access token has expired can still leave
            sessoes.sair(refresh=refresh)
        elif sid := _sid_do_token(request):
            sessoes.sair_da_sessao(sid=sid)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenInternoView(PublicView):
    refusals = {"post": (401, 422, 503)}

    @extend_schema(auth=[], request=TokenInternoSerializer, responses=AccessSerializer)
    def post(self, request: Request) -> Response:
        """Emite um token curto para um serviço que se identifica pela própria chave."""
        access = servicos.emitir_token(**self.body(TokenInternoSerializer))
        return Response({"access": access, "expires_in": int(tokens.VALIDADE_SERVICO.total_seconds()), "token_type": "Bearer"})


class PasseView(PublicView):
    refusals = {"post": (400, 401, 413, 415, 503)}

    @extend_schema(auth=[{"token": []}], request=None, responses=PasseSerializer)  # type: ignore[list-item]  # really objects
    def post(self, request: Request) -> Response:
        """Dá um passe: com ele outra página do CRM segue na mesma sessão, sem pedir a senha de novo."""
        sid = _sid_do_token(request)
        self.body(StrictSerializer)  # which takes nothing
        passe = sessoes.passar(sid=sid)
        return Response({"passe": passe, "expires_in": int(sessoes.PASSE.total_seconds())})

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class JWKSView(PublicView):
    @extend_schema(auth=[], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """As chaves públicas que conferem os tokens de acesso (RFC 7517)."""
        return Response(keys.jwks(), headers={"Cache-Control": "public, max-age=15"})


class EuSerializer(StrictSerializer):
    """A pessoa que chama e o que ela pode agora."""

    id = serializers.UUIDField(read_only=True)
    versao = serializers.IntegerField(read_only=True)
    nome = serializers.CharField(max_length=120)
    email = serializers.EmailField(read_only=True)
    papel = serializers.DictField(read_only=True, help_text="`id` e `nome`.")
    equipe = serializers.DictField(read_only=True, allow_null=True, help_text="`id` e `nome`.")
    equipes = serializers.ListField(child=serializers.UUIDField(), read_only=True, help_text="A própria equipe e as que estão abaixo.")
    escopos = serializers.ListField(child=serializers.CharField(), read_only=True)
    visibilidade = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text='Nível por recurso ou recurso:ação; "*" para os demais.'
    )


class TrocaSenhaSerializer(StrictSerializer):
    senha_atual = serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False, write_only=True)
    senha_nova = senha_field("Ao menos 10 caracteres; nem comum, nem parecida com o nome ou o e-mail.")


class EuViewSet(SoPessoas, ScopedViewSet):
    """A própria conta."""

    open_while_enrolling = True
    required_scopes = scopes.EU
    refusals = {"senha": (429,)}
    serializer_class = EuSerializer

    @extend_schema(responses=EuSerializer)
    def ler(self, request: Request) -> Response:
        """Quem sou e o que posso agora."""
        return _eu(eu.usuario_de(self.principal))

    @extend_schema(request=EuSerializer(partial=True), responses=EuSerializer)
    def editar(self, request: Request) -> Response:
        """Altera o próprio nome."""
        dados = self.validated(EuSerializer, partial=True)
        return _eu(eu.atualizar_eu(ator=self.principal, dados=dados, versao=if_match(request)))

    @extend_schema(request=TrocaSenhaSerializer, responses={204: None})
    def senha(self, request: Request) -> Response:
        """Troca a própria senha e encerra as outras sessões."""
        dados = self.validated(TrocaSenhaSerializer)
        eu.trocar_senha(ator=self.principal, sid=sid_of(request), **dados, origem=origem_de(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def par_response(par: sessoes.Par) -> Response:
    validade = int(tokens.VALIDADE.total_seconds())
    return Response({"access": par.access, "refresh": par.refresh, "expires_in": validade, "token_type": "Bearer"})


def _eu(usuario: Usuario) -> Response:
    direitos = direitos_de(usuario)
    dados = {
        "id": usuario.pk,
        "versao": usuario.versao,
        "nome": usuario.nome,
        "email": usuario.email,
        "papel": {"id": usuario.papel_id, "nome": usuario.papel.nome},
        "equipe": {"id": usuario.equipe_id, "nome": usuario.equipe.nome} if usuario.equipe else None,
        "equipes": direitos.equipes,
        "escopos": direitos.escopos,
        "visibilidade": direitos.vis,
    }
    return Response(dados, headers={"ETag": etag(usuario.versao)})


def sid_of(request: Request) -> UUID | None:
    """The session of the caller, on a view that has authenticated it."""
    claims: Any = request.auth
    return _uuid(claims.sid)


def _sid_do_token(request: Request) -> UUID | None:
    identified = TokenAuthentication().identify(request)
    if identified is None:
        raise NotAuthenticated
    return _uuid(identified[1].sid)


def _uuid(sid: str) -> UUID | None:
    """A service token's `sid` names no session of ours."""
    try:
        return UUID(sid)
    except ValueError:
        return None
