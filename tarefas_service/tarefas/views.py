"""Tasks over HTTP: declarations only."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import OWNER_EXPANSIONS
from crm_shared.api.viewsets import RecordServices
from crm_shared.extensions.views import ExtensibleViewSet

from . import prazos, scopes, selectors, services
from .filters import TAREFA_Q, TarefaFilter
from .serializers import (
    AdiarSerializer,
    CalculoSerializer,
    CancelarSerializer,
    ConcluirSerializer,
    DelegarSerializer,
    PrazoSerializer,
    TarefaNovaSerializer,
    TarefaSerializer,
)


@extend_schema_view(create=extend_schema(request=TarefaNovaSerializer, responses={201: TarefaSerializer}))
class TarefaViewSet(InBulk, ExtensibleViewSet):
    """Tarefas."""

    recurso = "tarefas"
    required_scopes = scopes.TAREFAS
    queryset = selectors.tarefas_completas()
    serializer_class = TarefaSerializer
    new_serializer_class = TarefaNovaSerializer
    filterset_class = TarefaFilter
    q_fields = TAREFA_Q
    expansions = OWNER_EXPANSIONS
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "vencimento": "vence_em", "atualizado_em": "atualizado_em"}
    services = RecordServices(services.criar_tarefa, services.atualizar_tarefa, services.excluir_tarefa, services.restaurar_tarefa)

    @extend_schema(responses=TarefaSerializer(many=True))
    @action(detail=False, methods=["get"], default_ordering="vencimento")
    def minhas(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """As tarefas por que você responde, pela ordem de vencimento."""
        return self.page(selectors.de_quem(self.principal, self.get_queryset()))

    @extend_schema(parameters=[CalculoSerializer], responses=PrazoSerializer)
    @action(detail=False, methods=["get"], url_path="calcular-prazo")
    def calcular_prazo(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """O dia que fica a tantos dias úteis de outro."""
        pedido = CalculoSerializer(data=request.query_params.dict())
        pedido.is_valid(raise_exception=True)
        return Response(PrazoSerializer(prazos.calcular(**pedido.validated_data)).data)

    @action(detail=True, methods=["post"])
    def iniciar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Passa a tarefa a em andamento."""
        return self.transition(services.iniciar_tarefa)

    @extend_schema(request=ConcluirSerializer)
    @action(detail=True, methods=["post"])
    def concluir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Conclui a tarefa, com o resultado."""
        return self.transition(services.concluir_tarefa, ConcluirSerializer)

    @extend_schema(request=CancelarSerializer)
    @action(detail=True, methods=["post"])
    def cancelar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancela a tarefa, com o motivo."""
        return self.transition(services.cancelar_tarefa, CancelarSerializer)

    @action(detail=True, methods=["post"])
    def reabrir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devolve a tarefa a pendente."""
        return self.transition(services.reabrir_tarefa)

    @extend_schema(request=AdiarSerializer)
    @action(detail=True, methods=["post"])
    def adiar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Adia a tarefa até um dia futuro; o vencimento prometido permanece."""
        return self.transition(services.adiar_tarefa, AdiarSerializer)

    @extend_schema(request=DelegarSerializer)
    @action(detail=True, methods=["post"])
    def delegar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Passa a tarefa a outra pessoa."""
        return self.transition(services.delegar_tarefa, DelegarSerializer)
