from django.urls import re_path

from crm_shared.api.routers import Router
from crm_shared.api.viewsets import UUID_REGEX
from crm_shared.extensions.urls import register_main

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
router.register("vendas/motivos-perda", MotivoPerdaViewSet, "motivo-perda")
router.register_child("vendas", "itens", ItemViewSet, "item")
register_main(router, {"vendas/produtos": ProdutoViewSet, "vendas": OportunidadeViewSet})

urlpatterns = [
    *router.urls,
    re_path(rf"^vendas/(?P<pai_pk>{UUID_REGEX})/historico-etapas/?$", HistoricoEtapaViewSet.as_view({"get": "list"})),
    re_path(r"^vendas/relatorios/funil/?$", RelatorioViewSet.as_view({"get": "funil"})),
]
