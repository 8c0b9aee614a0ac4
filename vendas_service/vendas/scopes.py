"""What each action on deals, funnels and products asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

_EDITAR = dict.fromkeys(("mover", "ganhar", "perder", "reabrir"), "editar")
_ADMINISTRAR = dict.fromkeys(("create", "update", "partial_update", "destroy", "restaurar"), "administrar")

OPORTUNIDADES = crud_scopes("vendas", **_EDITAR)
# the items of a deal are changed with the deal's own scope
ITENS = crud_scopes("vendas", create="editar", destroy="editar", restaurar="editar")
# how the company sells is read by all who sell and changed by few
CONFIGURACAO = crud_scopes("vendas", **_ADMINISTRAR, quadro="ler")
PRODUTOS = crud_scopes("produtos") | {"exportar": "vendas:exportar"}  # the price list leaves with who may take the deals
LEITURAS: dict[str, str | None] = {"list": "vendas:ler", "funil": "vendas:ler"}
