"""What each action on flows and their runs asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

FLUXOS = crud_scopes("automacao", publicar="editar", pausar="editar", retomar="editar", arquivar="editar")
LEITURA: dict[str, str | None] = {"list": "automacao:ler", "retrieve": "automacao:ler"}
EXECUCOES = {**LEITURA, "repetir": "automacao:editar", "cancelar": "automacao:editar"}
