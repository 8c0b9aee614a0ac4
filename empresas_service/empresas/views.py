"""Companies and their addresses over HTTP: declarations only."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.concurrency import if_match
from crm_shared.api.expansion import OWNER_EXPANSIONS, Own
from crm_shared.api.viewsets import ChildViewSet, RecordServices
from crm_shared.extensions.views import ExtensibleViewSet

from . import enderecos, scopes, services
from .filters import EMPRESA_Q, EmpresaFilter
from .models import Empresa, EnderecoEmpresa
from .selectors import da_mesma_raiz, empresas_completas, situacao_do_cnpj
from .serializers import EmpresaNovaSerializer, EmpresaSerializer, EnderecoSerializer, ValidacaoSerializer

CNPJ = OpenApiParameter("cnpj", str, OpenApiParameter.PATH, description="Os 14 caracteres do CNPJ, sem máscara.")


@extend_schema_view(create=extend_schema(request=EmpresaNovaSerializer))
class EmpresaViewSet(InBulk, ExtensibleViewSet):
    """Empresas."""

    recurso = "empresas"
    required_scopes = scopes.EMPRESAS
    queryset = empresas_completas()
    serializer_class = EmpresaSerializer
    new_serializer_class = EmpresaNovaSerializer
    filterset_class = EmpresaFilter
    q_fields = EMPRESA_Q
    expansions = {**OWNER_EXPANSIONS, "controladora": Own("controladora_id", empresas_completas(), EmpresaSerializer, "empresas")}
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome", "atualizado_em": "atualizado_em"}
    refusals = {"update": (409, 422), "por_cnpj": (409, 422)}
    bulk_keys = ("cnpj",)
    parts = ("enderecos",)
    services = RecordServices(services.criar_empresa, services.atualizar_empresa, services.excluir_empresa, services.restaurar_empresa)

    @extend_schema(parameters=[CNPJ], responses=ValidacaoSerializer)
    @action(detail=False, methods=["get"], url_path=r"validar-cnpj/(?P<cnpj>[^/]+)")
    def validar_cnpj(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Confere os dígitos de um CNPJ e diz se já há uma empresa com ele."""
        return Response(situacao_do_cnpj(kwargs["cnpj"], self.get_queryset()))

    @extend_schema(parameters=[CNPJ], request=EmpresaSerializer(partial=True), responses={200: EmpresaSerializer, 201: EmpresaSerializer})
    @action(detail=False, methods=["put"], url_path=r"por-cnpj/(?P<cnpj>[^/]+)")
    def por_cnpj(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Grava os campos enviados na empresa deste CNPJ (200), ou a cria (201, com o escopo `empresas:criar`)."""
        dados = self.validated(EmpresaSerializer, partial=True)
        empresa, nova = services.gravar_por_cnpj(ator=self.principal, cnpj=kwargs["cnpj"], dados=dados, versao=if_match(request))
        code = status.HTTP_201_CREATED if nova else status.HTTP_200_OK
        return self.show(self.reload(empresa), code, Location=f"/empresas/{empresa.pk}")

    @extend_schema(responses=EmpresaSerializer(many=True))
    @action(detail=True, methods=["get"])
    def filiais(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Os demais estabelecimentos com a mesma raiz de CNPJ, sejam matriz ou filiais."""
        return self.page(da_mesma_raiz(self.visible_record(), self.get_queryset()))


class EnderecoViewSet(ChildViewSet):
    """Endereços de uma empresa."""

    recurso = "empresas"
    required_scopes = scopes.ENDERECOS
    queryset = EnderecoEmpresa.objects.all()
    parent_queryset = Empresa.objects.all()
    parent_field = "empresa_id"
    serializer_class = EnderecoSerializer
    refusals = {"update": (409,)}
    services = RecordServices(
        enderecos.criar_endereco, enderecos.atualizar_endereco, enderecos.excluir_endereco, enderecos.restaurar_endereco
    )
