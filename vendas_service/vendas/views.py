"""Deals, their parts, funnels, products and the report over HTTP: declarations only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_shared.api.bulk.mixin import InBulk
from crm_shared.api.expansion import OWNER_EXPANSIONS, Own, references
from crm_shared.api.rows import RowPlan
from crm_shared.api.viewsets import ChildViewSet, RecordServices, RecordViewSet, ScopedViewSet, UnderParent
from crm_shared.errors import Forbidden
from crm_shared.extensions.views import ExtensibleViewSet

from . import catalogo, funis, itens, scopes, services, transicoes
from .filters import OPORTUNIDADE_Q, PRODUTO_Q, AtivoFilter, EtapaFilter, OportunidadeFilter, ProdutoFilter
from .models import Etapa, Funil, HistoricoEtapa, ItemOportunidade, MotivoPerda, Oportunidade, Produto
from .parametros import FunilParametros, QuadroParametros, RelatorioSerializer, ler_parametros
from .quadro import montar_quadro
from .relatorios import relatorio_do_funil
from .selectors import funis_completos, oportunidades_completas
from .serializers import (
    EtapaDoFunilSerializer,
    EtapaSerializer,
    FunilNovoSerializer,
    FunilSerializer,
    GanharSerializer,
    ItemSerializer,
    MotivoPerdaSerializer,
    MoverSerializer,
    OportunidadeNovaSerializer,
    OportunidadeSerializer,
    PassoSerializer,
    PerderSerializer,
    ProdutoSerializer,
    QuadroSerializer,
    ReabrirSerializer,
)


class OportunidadeViewSet(InBulk, ExtensibleViewSet):
    """Oportunidades."""

    recurso = "vendas"
    parts = ("itens",)
    required_scopes = scopes.OPORTUNIDADES
    queryset = oportunidades_completas()
    serializer_class = OportunidadeSerializer
    new_serializer_class = OportunidadeNovaSerializer
    filterset_class = OportunidadeFilter
    q_fields = OPORTUNIDADE_Q
    expansions = {
        **OWNER_EXPANSIONS,
        **references("empresa", "cliente"),
        "funil": Own("funil_id", Funil.objects.all(), FunilSerializer, "vendas"),
        "etapa": Own("etapa_id", Etapa.objects.all(), EtapaSerializer, "vendas"),
        "motivo_perda": Own("motivo_perda_id", MotivoPerda.objects.all(), MotivoPerdaSerializer, "vendas"),
    }
    search_paths = ("busca_texto",)
    ordering_fields = {
        "criado_em": "id",
        "valor": "valor",
        "fechamento_previsto": "fechamento_previsto",
        "atualizado_em": "atualizado_em",
    }
    refusals = {"update": (409, 422)}
    services = RecordServices(
        services.criar_oportunidade, services.atualizar_oportunidade, services.excluir_oportunidade, services.restaurar_oportunidade
    )

    @extend_schema(request=OportunidadeNovaSerializer, responses={201: OportunidadeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Abre uma oportunidade. Quem tem `vendas:importar` pode informar datas e resultado passados."""
        return super().create(request, *args, **kwargs)

    @extend_schema(request=MoverSerializer)
    @action(detail=True, methods=["post"])
    def mover(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move para outra etapa aberta; às etapas finais só se chega por ganhar e perder."""
        return self.transition(transicoes.mover_oportunidade, MoverSerializer)

    @extend_schema(request=GanharSerializer)
    @action(detail=True, methods=["post"])
    def ganhar(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Fecha como ganha."""
        return self.transition(transicoes.ganhar_oportunidade, GanharSerializer)

    @extend_schema(request=PerderSerializer)
    @action(detail=True, methods=["post"])
    def perder(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Fecha como perdida, com o motivo."""
        return self.transition(transicoes.perder_oportunidade, PerderSerializer)

    @extend_schema(request=ReabrirSerializer)
    @action(detail=True, methods=["post"])
    def reabrir(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devolve à etapa em que estava antes de fechar."""
        return self.transition(transicoes.reabrir_oportunidade, ReabrirSerializer)


class ItemViewSet(ChildViewSet):
    """Itens de uma oportunidade."""

    recurso = "vendas"
    required_scopes = scopes.ITENS
    queryset = ItemOportunidade.objects.select_related("produto")
    parent_queryset = Oportunidade.objects.all()
    parent_field = "oportunidade_id"
    serializer_class = ItemSerializer
    expansions = {"produto": Own("produto_id", Produto.objects.all(), ProdutoSerializer, "produtos")}
    refusals = {"update": (409, 422), "destroy": (409,)}
    services = RecordServices(itens.criar_item, itens.atualizar_item, itens.excluir_item, itens.restaurar_item)


class HistoricoEtapaViewSet(UnderParent):
    """Caminho de uma oportunidade pelas etapas, do começo ao fim."""

    recurso = "vendas"
    required_scopes = scopes.LEITURAS
    queryset = HistoricoEtapa.objects.all()
    parent_queryset = Oportunidade.objects.all()
    parent_field = "oportunidade_id"
    serializer_class = PassoSerializer
    ordering_fields = {"em": "em"}
    default_ordering = "em"

    def base_queryset(self) -> QuerySet[Any]:
        return self.queryset.all()


class FunilViewSet(RecordViewSet):
    """Funis de venda."""

    recurso = "vendas"
    required_scopes = scopes.CONFIGURACAO
    queryset = funis_completos()
    serializer_class = FunilSerializer
    new_serializer_class = FunilNovoSerializer
    filterset_class = AtivoFilter
    ordering_fields = {"criado_em": "id"}
    default_ordering = "criado_em"
    refusals = {"update": (409, 422), "destroy": (409, 422)}
    services = RecordServices(funis.criar_funil, funis.atualizar_funil, funis.excluir_funil, funis.restaurar_funil)

    @extend_schema(request=FunilNovoSerializer, responses={201: FunilSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cria um funil com as etapas dadas; sem elas, com as usuais. Ganha e perdida existem sempre."""
        return super().create(request, *args, **kwargs)

    @extend_schema(parameters=[QuadroParametros], responses=QuadroSerializer)
    @action(detail=True)
    def quadro(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Colunas do funil com contagem, soma e os primeiros cartões, do que o usuário pode ver."""
        filtros = ler_parametros(request, QuadroParametros)
        plano = RowPlan(OportunidadeSerializer(context=self.get_serializer_context()))
        funil = self.visible_record()
        return Response(montar_quadro(ator=self.principal, funil=funil, plano=plano, cartoes=filtros.pop("cartoes"), filtros=filtros))


class EtapaViewSet(RecordViewSet):
    """Etapas de todos os funis."""

    recurso = "vendas"
    required_scopes = scopes.CONFIGURACAO
    queryset = Etapa.objects.filter(funil__excluido_em__isnull=True)
    serializer_class = EtapaSerializer
    filterset_class = EtapaFilter
    ordering_fields = {"ordem": "ordem", "criado_em": "id"}
    default_ordering = "ordem"
    refusals = {"update": (409, 422), "destroy": (409, 422)}
    services = RecordServices(funis.criar_etapa, funis.atualizar_etapa, funis.excluir_etapa, funis.restaurar_etapa)


class EtapaDoFunilViewSet(ChildViewSet):
    """Etapas de um funil."""

    recurso = "vendas"
    required_scopes = scopes.CONFIGURACAO
    queryset = Etapa.objects.all()
    parent_queryset = Funil.objects.all()
    parent_field = "funil_id"
    serializer_class = EtapaDoFunilSerializer
    ordering_fields = {"ordem": "ordem", "criado_em": "id"}
    default_ordering = "ordem"
    refusals = {"update": (409, 422), "destroy": (409, 422)}
    services = RecordServices(funis.criar_etapa, funis.atualizar_etapa, funis.excluir_etapa, funis.restaurar_etapa)


class ProdutoViewSet(InBulk, ExtensibleViewSet):
    """Produtos e serviços à venda."""

    recurso = "produtos"
    required_scopes = scopes.PRODUTOS
    queryset = Produto.objects.all()
    serializer_class = ProdutoSerializer
    filterset_class = ProdutoFilter
    q_fields = PRODUTO_Q
    search_paths = ("busca_texto",)
    ordering_fields = {"criado_em": "id", "nome": "nome", "preco": "preco"}
    refusals = {"update": (409,)}
    bulk_keys = ("codigo",)
    services = RecordServices(catalogo.criar_produto, catalogo.atualizar_produto, catalogo.excluir_produto, catalogo.restaurar_produto)


class MotivoPerdaViewSet(RecordViewSet):
    """Motivos de perda."""

    recurso = "vendas"
    required_scopes = scopes.CONFIGURACAO
    queryset = MotivoPerda.objects.all()
    serializer_class = MotivoPerdaSerializer
    filterset_class = AtivoFilter
    refusals = {"update": (409,)}
    services = RecordServices(catalogo.criar_motivo, catalogo.atualizar_motivo, catalogo.excluir_motivo, catalogo.restaurar_motivo)


class RelatorioViewSet(ScopedViewSet):
    """Relatórios de vendas."""

    recurso = "vendas"
    required_scopes = scopes.LEITURAS
    serializer_class = RelatorioSerializer

    @extend_schema(parameters=[FunilParametros], responses=RelatorioSerializer)
    def funil(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ganhas, perdidas, abertas, taxa de ganho, receita, ticket e ciclo, do que o usuário pode ver."""
        if self.access.closes("valor", "fechamento_previsto", "origem"):
            raise Forbidden("O relatório soma campos que seu papel não vê.", codigo="campo_restrito")
        return Response(relatorio_do_funil(ator=self.principal, **ler_parametros(request, FunilParametros)))
