"""Channels, identities, conversations and messages over HTTP: declarations only."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.concurrency import if_match
from crm_shared.api.expansion import OWNER_EXPANSIONS, Own, references
from crm_shared.api.serializers import EmptySerializer
from crm_shared.api.viewsets import RecordServices, RecordViewSet, UnderParent
from crm_shared.extensions.views import ExtensibleViewSet

from . import canais, mensagens, scopes, services
from .filters import CONVERSA_Q, IDENTIDADE_Q, CanalFilter, ConversaFilter, IdentidadeFilter, MensagemFilter
from .models import Canal, Conversa, Identidade, Mensagem
from .serializers import AdiarSerializer, AtribuirSerializer, CanalSerializer, ConversaSerializer, IdentidadeSerializer, MensagemSerializer


class CanalViewSet(RecordViewSet):
    """Canais de comunicação."""

    recurso = "comunicacao"
    required_scopes = scopes.CANAIS
    queryset = Canal.objects.all()
    serializer_class = CanalSerializer
    filterset_class = CanalFilter
    refusals = {"destroy": (409,)}
    services = RecordServices(canais.criar_canal, canais.atualizar_canal, canais.excluir_canal, canais.restaurar_canal)


class IdentidadeViewSet(InBulk, RecordViewSet):
    """Quem é quem em cada canal."""

    recurso = "comunicacao"
    required_scopes = scopes.IDENTIDADES
    queryset = Identidade.objects.select_related("canal", "cliente", "responsavel", "equipe")
    serializer_class = IdentidadeSerializer
    expansions = {
        **OWNER_EXPANSIONS,
        **references("cliente"),
        "canal": Own("canal_id", Canal.objects.all(), CanalSerializer, "comunicacao"),
    }
    filterset_class = IdentidadeFilter
    q_fields = IDENTIDADE_Q
    search_paths = ("busca_texto",)
    refusals = {"update": (409, 422)}
    services = RecordServices(canais.criar_identidade, canais.atualizar_identidade, canais.excluir_identidade, canais.restaurar_identidade)


class ConversaViewSet(InBulk, ExtensibleViewSet):
    """Conversas com clientes."""

    recurso = "comunicacao"
    required_scopes = scopes.CONVERSAS
    queryset = Conversa.objects.select_related("canal", "identidade", "cliente", "empresa", "responsavel", "equipe")
    serializer_class = ConversaSerializer
    filterset_class = ConversaFilter
    q_fields = CONVERSA_Q
    expansions = {
        **OWNER_EXPANSIONS,
        **references("cliente", "empresa"),
        "canal": Own("canal_id", Canal.objects.all(), CanalSerializer, "comunicacao"),
        "identidade": Own("identidade_id", Identidade.objects.all(), IdentidadeSerializer, "comunicacao"),
    }
    search_paths = ("busca_texto",)
    ordering_fields = {"ultima_mensagem_em": "ultima_mensagem_em", "criado_em": "id"}
    default_ordering = "-ultima_mensagem_em"
    refusals = {"update": (422,)}
    services = RecordServices(
        services.criar_conversa,
        services.atualizar_conversa,
        services.excluir_conversa,
        services.restaurar_conversa,
        services.atribuir_conversa,
    )

    @extend_schema(request=AtribuirSerializer)
    @action(detail=True, methods=["post"])
    def atribuir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Entrega a conversa a uma pessoa ou equipe; sem corpo, a quem pede."""
        return self.transition(services.atribuir_conversa, AtribuirSerializer)

    @action(detail=True, methods=["post"])
    def resolver(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra a conversa."""
        return self.transition(services.resolver_conversa)

    @action(detail=True, methods=["post"])
    def reabrir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Volta a abrir uma conversa resolvida, adiada ou arquivada."""
        return self.transition(services.reabrir_conversa)

    @extend_schema(request=AdiarSerializer)
    @action(detail=True, methods=["post"])
    def adiar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tira a conversa da fila até o momento dado, ou até o cliente escrever."""
        return self.transition(services.adiar_conversa, AdiarSerializer)


class MensagemViewSet(UnderParent):
    """Mensagens de uma conversa. O que foi dito não se altera; só notas internas podem ser excluídas."""

    recurso = "comunicacao"
    required_scopes = scopes.MENSAGENS
    queryset = Mensagem.objects.select_related("autor")
    parent_queryset = Conversa.objects.all()
    parent_field = "conversa_id"
    serializer_class = MensagemSerializer
    expansions = references("autor")
    refusals = {"destroy": (422,)}
    filterset_class = MensagemFilter

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Registra uma mensagem recebida ou uma nota, ou põe uma resposta na fila de envio."""
        dados = {**self.validated(MensagemSerializer), "conversa_id": self.parent_id}
        mensagem = mensagens.registrar_mensagem(ator=self.principal, dados=dados)
        location = f"{request.path.rstrip('/')}/{mensagem.pk}"
        return self.show(self.reload(mensagem), status.HTTP_201_CREATED, Location=location)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        mensagem = self.visible_record()
        mensagens.excluir_mensagem(ator=self.principal, pk=mensagem.pk, versao=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def restaurar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        mensagem = self.visible_record()
        self.validated(EmptySerializer)
        return self.show(self.reload(mensagens.restaurar_mensagem(ator=self.principal, pk=mensagem.pk)))
