"""Users, teams and roles over HTTP: declarations only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import Own
from crm_shared.api.viewsets import RecordServices, RecordViewSet

from . import equipes, papeis, scopes, selectors, services
from .acessos.services import encerrar_sessoes
from .filters import USUARIO_Q, EquipeFilter, PapelFilter, UsuarioFilter
from .models import Equipe, Papel, Usuario
from .segundo_fator.services import redefinir_segundo_fator
from .serializers import (
    DesativarSerializer,
    EntregarCarteiraSerializer,
    EquipeSerializer,
    NoEquipeSerializer,
    NovoUsuarioSerializer,
    PapelSerializer,
    SenhaSerializer,
    UsuarioSerializer,
)


class UsuarioViewSet(InBulk):
    """Pessoas que usam o sistema."""

    recurso = "usuarios"
    required_scopes = scopes.USUARIOS
    queryset = Usuario.objects.select_related("papel", "equipe")
    serializer_class = UsuarioSerializer
    new_serializer_class = NovoUsuarioSerializer
    filterset_class = UsuarioFilter
    q_fields = USUARIO_Q
    expansions = {
        "papel": Own("papel_id", Papel.objects.all(), PapelSerializer, "papeis"),
        "equipe": Own("equipe_id", Equipe.objects.all(), EquipeSerializer, "equipes", selectors.equipes_visiveis),
    }
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    bulk_transitions = {"desativar": services.desativar_usuario, "reativar": services.reativar_usuario}
    unversioned = frozenset({"encerrar_sessoes"})
    bulk_without = ("criar", "excluir", "restaurar")  # a password each takes its time; who leaves is deactivated
    refusals = {"update": (409, 422), "destroy": (422,), "create": (429,), "senha": (429,), "redefinir_segundo_fator": (409,)}
    services = RecordServices(services.criar_usuario, services.atualizar_usuario, services.excluir_usuario, services.restaurar_usuario)

    def get_queryset(self) -> QuerySet[Usuario]:
        return selectors.usuarios_visiveis(super().get_queryset(), self.principal, self.acao)

    @extend_schema(request=NovoUsuarioSerializer)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria um usuário com a sua primeira senha."""
        return super().create(request, *args, **kwargs)

    @extend_schema(request=DesativarSerializer)
    @action(detail=True, methods=["post"])
    def desativar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Impede o usuário de entrar, encerra as sessões dele e, se `transferir_para` o diz, entrega os registros dele a outra pessoa."""
        return self.transition(services.desativar_usuario, DesativarSerializer)

    @extend_schema(request=EntregarCarteiraSerializer)
    @action(detail=True, methods=["post"], url_path="entregar-carteira")
    def entregar_carteira(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Entrega a outra pessoa os registros de um usuário já desativado; a saga `entregar-carteira` de automacao conta até onde foi."""
        return self.transition(services.entregar_carteira, EntregarCarteiraSerializer)

    @action(detail=True, methods=["post"])
    def reativar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Permite ao usuário entrar de novo."""
        return self.transition(services.reativar_usuario)

    @extend_schema(request=SenhaSerializer)
    @action(detail=True, methods=["post"])
    def senha(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Define outra senha para o usuário e encerra as sessões dele."""
        return self.transition(services.definir_senha, SenhaSerializer)

    @action(detail=True, methods=["post"], url_path="redefinir-segundo-fator")
    def redefinir_segundo_fator(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tira o segundo fator de quem perdeu o aparelho e encerra as sessões dele."""
        return self.transition(redefinir_segundo_fator)

    @action(detail=True, methods=["post"], url_path="encerrar-sessoes")
    def encerrar_sessoes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra todas as sessões do usuário."""
        return self.transition(encerrar_sessoes)


class EquipeViewSet(RecordViewSet):
    """Equipes, em árvore."""

    recurso = "equipes"
    required_scopes = scopes.EQUIPES
    queryset = Equipe.objects.select_related("pai", "lider")
    serializer_class = EquipeSerializer
    expansions = {"lider": Own("lider_id", Usuario.objects.all(), UsuarioSerializer, "usuarios", selectors.usuarios_visiveis)}
    filterset_class = EquipeFilter
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    refusals = {"update": (409, 422), "destroy": (422,)}
    services = RecordServices(equipes.criar_equipe, equipes.atualizar_equipe, equipes.excluir_equipe, equipes.restaurar_equipe)

    def get_queryset(self) -> QuerySet[Equipe]:
        return selectors.equipes_visiveis(super().get_queryset(), self.principal, self.acao)

    @extend_schema(responses=NoEquipeSerializer(many=True))
    @action(detail=False, pagination_class=None, filter_backends=[])
    def arvore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """As equipes visíveis, cada uma com as que estão abaixo dela."""
        return Response(selectors.arvore(self.get_queryset()))


class PapelViewSet(RecordViewSet):
    """Papéis e o que cada um permite."""

    recurso = "papeis"
    required_scopes = scopes.PAPEIS
    queryset = Papel.objects.prefetch_related("permissoes")
    serializer_class = PapelSerializer
    filterset_class = PapelFilter
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    refusals = {"update": (409, 422), "destroy": (422,)}
    services = RecordServices(papeis.criar_papel, papeis.atualizar_papel, papeis.excluir_papel, papeis.restaurar_papel)
