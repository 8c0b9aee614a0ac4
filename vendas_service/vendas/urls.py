from django.urls import re_path

from crm_shared.api.routers import Router
from crm_shared.api.viewsets import UUID_REGEX

from .views import (
    EtapaDoFunilViewSet,
    EtapaViewSet,
    FunilViewSet,
    HistoricoEtapaViewSet,
    ItemViewSet,
    MotivoPerdaViewSet,
    OportunidadeViewSet,
    ProdutoViewSet,
    RelatorioViewSet,
)

router = Router()
router.register("vendas/funis", FunilViewSet, "funil")
router.register_child("vendas/funis", "etapas", EtapaDoFunilViewSet, "etapa-do-funil")
router.register("vendas/etapas", EtapaViewSet, "etapa")
router.register("vendas/produtos", ProdutoViewSet, "produto")
router.register("vendas/motivos-perda", MotivoPerdaViewSet, "motivo-perda")
router.register_child("vendas", "itens", ItemViewSet, "item")
router.register("vendas", OportunidadeViewSet, "oportunidade")

urlpatterns = [
    *router.urls,
    re_path(rf"^vendas/(?P<pai_pk>{UUID_REGEX})/historico-etapas/?$", HistoricoEtapaViewSet.as_view({"get": "list"})),
    re_path(r"^vendas/relatorios/funil/?$", RelatorioViewSet.as_view({"get": "funil"})),
]
