"""What each action asks of the caller's token."""

from crm_shared.auth.scopes import crud_scopes

USUARIOS = crud_scopes(
    "usuarios",
    desativar="editar",
    entregar_carteira="editar",
    reativar="editar",
    senha="administrar",
    redefinir_segundo_fator="administrar",
    encerrar_sessoes="administrar",
)
EQUIPES = crud_scopes("equipes", arvore="ler")
PAPEIS = crud_scopes("papeis")
EU: dict[str, str | None] = {"ler": None, "editar": None, "senha": None}  # whoever is signed in
CONVITES: dict[str, str | None] = dict.fromkeys(("list", "retrieve"), "usuarios:ler")
CONVITES |= dict.fromkeys(("create", "reenviar", "cancelar"), "usuarios:criar")
SESSOES: dict[str, str | None] = dict.fromkeys(("list", "retrieve", "partial_update", "encerrar", "encerrar_outras"))  # selectors say whose
CHAVES_API: dict[str, str | None] = dict.fromkeys(("list", "retrieve", "create", "girar", "destroy"))
ACESSOS: dict[str, str | None] = {"list": None}
PERMISSOES: dict[str, str | None] = {"minhas": None, "autorizar": None}
SEGUNDO_FATOR: dict[str, str | None] = dict.fromkeys(("ler", "iniciar", "confirmar", "codigos", "desativar"))
