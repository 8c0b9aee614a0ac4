"""Scopes are `<recurso>:<acao>`; a viewset declares one per action and does not start without them."""

RECURSOS = (
    "clientes",
    "leads",
    "empresas",
    "vendas",
    "produtos",
    "comunicacao",
    "tarefas",
    "automacao",
    "usuarios",
    "equipes",
    "papeis",
    "eventos",
    "pessoais",
)
ENROLLING = "segundo_fator:ativar"  # the only scope of a session whose role asks for a second factor that is not there yet
ACOES = ("ler", "criar", "editar", "excluir", "exportar", "lote", "atribuir", "fundir", "importar", "administrar")


def crud_scopes(recurso: str, **actions: str) -> dict[str, str | None]:
    """The scope of each standard action of a record viewset, and of its own `actions` (name -> acao)."""
    acoes = {
        "list": "ler",
        "retrieve": "ler",
        "create": "criar",
        "update": "editar",
        "partial_update": "editar",
        "destroy": "excluir",
        "restaurar": "excluir",
        "historico": "ler",
        "agregar": "ler",
        "exportar": "exportar",
        "marcar": "editar",
        "desmarcar": "editar",
        "lote": "lote",  # each operation asks for its own as well (api.bulk)
        **actions,
    }
    return {action: f"{recurso}:{acao}" for action, acao in acoes.items()}
