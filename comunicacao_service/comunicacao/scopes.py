"""What each action asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

# taking a conversation over is editing it; naming somebody else asks for comunicacao:atribuir (records.ownership)
CONVERSAS = crud_scopes("comunicacao", atribuir="editar", resolver="editar", reabrir="editar", adiar="editar", exportar="administrar")
MENSAGENS: dict[str, str | None] = {
    "list": "comunicacao:ler",
    "retrieve": "comunicacao:ler",
    "create": "comunicacao:editar",
    "destroy": "comunicacao:editar",
    "restaurar": "comunicacao:editar",
}
IDENTIDADES = crud_scopes("comunicacao")
CANAIS: dict[str, str | None] = {
    action: "comunicacao:ler" if action in ("list", "retrieve") else "comunicacao:administrar" for action in crud_scopes("comunicacao")
}
