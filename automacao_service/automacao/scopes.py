"""What each action on flows and their runs asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

FLUXOS = crud_scopes("automacao", publicar="editar", pausar="editar", retomar="editar", arquivar="editar")
LEITURA: dict[str, str | None] = {"list": "automacao:ler", "retrieve": "automacao:ler"}
EXECUCOES = {**LEITURA, "repetir": "automacao:editar", "cancelar": "automacao:editar"}
WEBHOOKS = crud_scopes("automacao", trocar_segredo="editar", teste="editar")
ENTREGAS = {**LEITURA, "reenviar": "automacao:editar"}
# starting one asks for what its definition names, too (sagas.services); steering, for what it works on
SOBRE_O_ALVO = {"repetir": "editar", "cancelar": "editar"}
SAGAS: dict[str, str | None] = {
    **LEITURA,
    "converter_lead": "leads:editar",
    "ganhar_oportunidade": "vendas:editar",
    **dict.fromkeys(SOBRE_O_ALVO, "automacao:ler"),
}
