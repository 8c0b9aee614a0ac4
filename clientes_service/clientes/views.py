"""People, their parts and leads over HTTP: declarations only."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import OWNER_EXPANSIONS, Own, references
from crm_shared.api.viewsets import ChildViewSet, RecordServices
from crm_shared.extensions.views import ExtensibleViewSet

from . import meios, scopes, services
from .filters import CLIENTE_Q, LEAD_Q, ClienteFilter, LeadFilter
from .models import Cliente, ContatoMeio, Lead, VinculoEmpresa
from .selectors import clientes_completos
from .serializers import ClienteSerializer, ConverterSerializer, DesqualificarSerializer, LeadSerializer, MeioSerializer, VinculoSerializer


class ClienteViewSet(InBulk, ExtensibleViewSet):
    """Pessoas."""

    recurso = "clientes"
    required_scopes = scopes.CLIENTES
    queryset = clientes_completos()
    serializer_class = ClienteSerializer
    filterset_class = ClienteFilter
    q_fields = CLIENTE_Q
    expansions = OWNER_EXPANSIONS
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome", "atualizado_em": "atualizado_em"}
    refusals = {"update": (409,)}
    parts = ("meios", "vinculos")
    bulk_keys = ("cpf", "email")
    services = RecordServices(services.criar_cliente, services.atualizar_cliente, services.excluir_cliente, services.restaurar_cliente)


class MeioViewSet(ChildViewSet):
    """Meios de contato de uma pessoa."""

    recurso = "clientes"
    required_scopes = scopes.PARTES
    queryset = ContatoMeio.objects.all()
    parent_queryset = Cliente.objects.all()
    parent_field = "cliente_id"
    serializer_class = MeioSerializer
    refusals = {"update": (409,), "destroy": (422,)}
    services = RecordServices(meios.criar_meio, meios.atualizar_meio, meios.excluir_meio, meios.restaurar_meio)


class VinculoViewSet(ChildViewSet):
    """Empresas em que uma pessoa trabalha ou trabalhou."""

    recurso = "clientes"
    required_scopes = scopes.PARTES
    queryset = VinculoEmpresa.objects.select_related("empresa")
    parent_queryset = Cliente.objects.all()
    parent_field = "cliente_id"
    serializer_class = VinculoSerializer
    expansions = references("empresa")
    refusals = {"update": (409,)}
    services = RecordServices(meios.criar_vinculo, meios.atualizar_vinculo, meios.excluir_vinculo, meios.restaurar_vinculo)


class LeadViewSet(InBulk, ExtensibleViewSet):
    """Leads: casos de qualificação de uma pessoa."""

    recurso = "leads"
    required_scopes = scopes.LEADS
    queryset = Lead.objects.select_related("cliente", "responsavel", "equipe")
    serializer_class = LeadSerializer
    filterset_class = LeadFilter
    q_fields = LEAD_Q
    expansions = {**OWNER_EXPANSIONS, "cliente": Own("cliente_id", Cliente.objects.all(), ClienteSerializer, "clientes")}
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "valor_estimado": "valor_estimado"}
    services = RecordServices(services.criar_lead, services.atualizar_lead, services.excluir_lead, services.restaurar_lead)

    @action(detail=True, methods=["post"])
    def contatar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Registra a primeira resposta ao lead."""
        return self.transition(services.contatar_lead)

    @action(detail=True, methods=["post"])
    def qualificar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Marca o lead como qualificado."""
        return self.transition(services.qualificar_lead)

    @extend_schema(request=ConverterSerializer)
    @action(detail=True, methods=["post"])
    def converter(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra um lead qualificado como convertido nesta oportunidade, que já existe.

        Para criar empresa, oportunidade e tarefa a partir do lead, use POST /automacao/sagas/converter-lead.
        """
        return self.transition(services.converter_lead, ConverterSerializer)

    @extend_schema(request=DesqualificarSerializer)
    @action(detail=True, methods=["post"])
    def desqualificar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Encerra o lead com o motivo."""
        return self.transition(services.desqualificar_lead, DesqualificarSerializer)

    @action(detail=True, methods=["post"])
    def reciclar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devolve um lead desqualificado ao início."""
        return self.transition(services.reciclar_lead)
