"""What each action on tasks asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

TAREFAS = crud_scopes(
    "tarefas",
    minhas="ler",
    calcular_prazo="ler",
    iniciar="editar",
    concluir="editar",
    cancelar="editar",
    reabrir="editar",
    adiar="editar",
    delegar="atribuir",
)
