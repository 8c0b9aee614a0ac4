"""Flows, their versions and runs, and sagas over HTTP: declarations only."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import OWNER_EXPANSIONS, Own
from crm_shared.api.viewsets import ReadOnlyViewSet, RecordServices, ScopedViewSet, UnderParent

from . import execucoes, scopes, services
from .eventos import catalogo
from .filters import EXECUCAO_Q, FLUXO_Q, SAGA_Q, ExecucaoFilter, FluxoFilter, SagaFilter
from .models import Execucao, Fluxo, Saga, VersaoFluxo
from .sagas import services as sagas
from .sagas.serializers import ConverterLeadSerializer, GanharOportunidadeSerializer, InicioSerializer, SagaSerializer
from .selectors import execucoes_completas, execucoes_visiveis, sagas_completas, sagas_visiveis
from .serializers import CatalogoSerializer, ExecucaoSerializer, FluxoSerializer, VersaoFluxoSerializer, passos_do_catalogo


class FluxoViewSet(InBulk):
    """Fluxos: o que o CRM faz sozinho quando algo acontece."""

    recurso = "automacao"
    required_scopes = scopes.FLUXOS
    queryset = Fluxo.objects.select_related("responsavel", "equipe", "versao_publicada")
    serializer_class = FluxoSerializer
    filterset_class = FluxoFilter
    q_fields = FLUXO_Q
    expansions = OWNER_EXPANSIONS
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome"}
    services = RecordServices(services.criar_fluxo, services.atualizar_fluxo, services.excluir_fluxo, services.restaurar_fluxo)

    @action(detail=True, methods=["post"])
    def publicar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Põe em vigor a última versão. Só o responsável pelo fluxo pode fazê-lo."""
        return self.transition(services.publicar_fluxo)

    @action(detail=True, methods=["post"])
    def pausar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deixa de reagir a eventos; as execuções em curso vão até o fim."""
        return self.transition(services.pausar_fluxo)

    @action(detail=True, methods=["post"])
    def retomar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Volta a reagir a eventos. Só o responsável pelo fluxo pode fazê-lo."""
        return self.transition(services.retomar_fluxo)

    @action(detail=True, methods=["post"])
    def arquivar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra o fluxo e cancela as execuções em curso."""
        return self.transition(services.arquivar_fluxo)


class VersaoFluxoViewSet(UnderParent):
    """Versões de um fluxo, que nunca mudam."""

    recurso = "automacao"
    required_scopes = scopes.LEITURA
    queryset = VersaoFluxo.objects.all()
    parent_queryset = Fluxo.objects.all()
    parent_field = "fluxo_id"
    serializer_class = VersaoFluxoSerializer


class ExecucaoViewSet(ReadOnlyViewSet):
    """Execuções: o que cada fluxo fez com cada evento, ou por que não fez."""

    recurso = "automacao"
    required_scopes = scopes.EXECUCOES
    queryset = execucoes_completas()
    serializer_class = ExecucaoSerializer
    filterset_class = ExecucaoFilter
    q_fields = EXECUCAO_Q
    expansions = {"fluxo": Own("fluxo_id", Fluxo.objects.all(), FluxoSerializer, "automacao")}

    def get_queryset(self) -> QuerySet[Execucao]:
        return execucoes_visiveis(super().get_queryset(), self.principal, self.acao)

    @action(detail=True, methods=["post"])
    def repetir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Retoma, do passo em que parou, uma execução que falhou ou foi cancelada."""
        return self.transition(execucoes.repetir_execucao)

    @action(detail=True, methods=["post"])
    def cancelar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Interrompe uma execução que ainda não terminou."""
        return self.transition(execucoes.cancelar_execucao)


class SagaViewSet(ReadOnlyViewSet):
    """Sagas: operações que passam por vários serviços e terminam completas ou não deixam nada."""

    recurso = "automacao"
    required_scopes = scopes.SAGAS
    queryset = sagas_completas()
    serializer_class = SagaSerializer
    filterset_class = SagaFilter
    q_fields = SAGA_Q
    expansions = OWNER_EXPANSIONS

    def get_queryset(self) -> QuerySet[Saga]:
        return sagas_visiveis(self.base_queryset(), self.principal, scopes.SOBRE_O_ALVO.get(self.action or "", "ler"))

    @extend_schema(request=ConverterLeadSerializer, responses={202: SagaSerializer})
    @action(detail=False, methods=["post"], url_path="converter-lead")
    def converter_lead(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria, de um lead qualificado, a empresa (se é nova), a oportunidade e a tarefa, e marca o lead como convertido."""
        return self._iniciar("converter-lead", ConverterLeadSerializer, "lead_id")

    @extend_schema(request=GanharOportunidadeSerializer, responses={202: SagaSerializer})
    @action(detail=False, methods=["post"], url_path="ganhar-oportunidade")
    def ganhar_oportunidade(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria a tarefa que inicia a entrega, ganha a oportunidade e torna clientes a empresa e a pessoa."""
        return self._iniciar("ganhar-oportunidade", GanharOportunidadeSerializer, "oportunidade_id")

    def _iniciar(self, tipo: str, body: type[InicioSerializer], alvo: str) -> Response:
        serializer = body(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        entrada = serializer.entrada()
        saga = sagas.iniciar_saga(ator=self.principal, tipo=tipo, alvo_id=UUID(entrada.pop(alvo)), entrada=entrada)
        return self.show(self.reload(saga), 202, Location=f"/automacao/sagas/{saga.pk}")

    @action(detail=True, methods=["post"])
    def repetir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tenta já o passo que espera, ou recomeça uma saga desfeita; recomeçar, só quem a iniciou pode."""
        return self.transition(sagas.repetir_saga)

    @action(detail=True, methods=["post"])
    def cancelar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Desfaz o que a saga fez, enquanto ela não passou do ponto a partir do qual só segue adiante."""
        return self.transition(sagas.cancelar_saga)


class CatalogoViewSet(ScopedViewSet):
    """O que uma definição pode usar."""

    required_scopes = {"list": "automacao:ler"}
    pagination_class = None

    @extend_schema(responses=CatalogoSerializer)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Eventos com os seus campos e operadores, e tipos de passo com os seus parâmetros."""
        return Response({"eventos": catalogo(), "passos": passos_do_catalogo()})
