"""The roles that every deployment starts with. People may change what they allow, except for the administrator's.

The scopes are those that mean something today: a token with all words of the vocabulary would hardly fit into a cookie.
"""

from dataclasses import dataclass, field
from typing import Any

ADMINISTRADOR = "administrador"

_TUDO = {
    "clientes": "ler criar editar excluir exportar lote atribuir importar administrar",
    "leads": "ler criar editar excluir exportar lote atribuir",
    "empresas": "ler criar editar excluir exportar lote atribuir importar administrar",
    "vendas": "ler criar editar excluir exportar lote atribuir importar administrar",
    "produtos": "ler criar editar excluir lote",
    "comunicacao": "ler criar editar excluir lote atribuir administrar",
    "tarefas": "ler criar editar excluir exportar lote atribuir importar administrar",
    "automacao": "ler criar editar excluir lote atribuir administrar",
    "usuarios": "ler criar editar excluir lote administrar",
    "equipes": "ler criar editar excluir",
    "papeis": "ler criar editar excluir administrar",
    "eventos": "ler administrar",
    "pessoais": "ler",
}
_NEGOCIO = ("clientes", "leads", "empresas", "vendas", "produtos", "comunicacao", "tarefas", "automacao")
_CADASTROS = {"empresas": "todos", "produtos": "todos", "automacao": "todos"}  # what everybody may look up


@dataclass(frozen=True)
class PapelPadrao:
    """`acoes` by recurso; `visibilidade` of all of them but those named in `excecoes`."""

    descricao: str
    acoes: dict[str, str]
    visibilidade: str
    excecoes: dict[str, str] = field(default_factory=dict)

    @property
    def niveis(self) -> dict[tuple[str, str], str]:
        """(recurso, acao) -> visibilidade"""
        return {
            (recurso, acao): self.excecoes.get(recurso, self.visibilidade)
            for recurso, acoes in self.acoes.items()
            for acao in acoes.split()
        }


PAPEIS_PADRAO = {
    ADMINISTRADOR: PapelPadrao("Pode tudo, sobre todos os registros.", _TUDO, "todos"),
    "gerente": PapelPadrao(
        "Conduz uma equipe: faz tudo nos registros dela e das que estão abaixo.",
        {recurso: _TUDO[recurso] for recurso in _NEGOCIO} | dict.fromkeys(("usuarios", "equipes", "pessoais"), "ler"),
        "equipe",
        _CADASTROS,
    ),
    "vendedor": PapelPadrao(
        "Cuida dos próprios clientes, oportunidades e tarefas.",
        dict.fromkeys(("clientes", "leads", "empresas", "vendas", "comunicacao"), "ler criar editar lote")
        | {"tarefas": "ler criar editar excluir lote"}
        | dict.fromkeys(("produtos", "automacao", "usuarios", "equipes", "pessoais"), "ler"),
        "proprio",
        _CADASTROS,
    ),
    "atendente": PapelPadrao(
        "Atende os clientes da equipe.",
        dict.fromkeys(("clientes", "leads", "comunicacao", "tarefas"), "ler criar editar lote")
        | dict.fromkeys(("empresas", "vendas", "produtos"), "ler"),
        "equipe",
    ),
    "leitura": PapelPadrao(
        "Vê tudo, sem dados pessoais, e não altera nada.", {recurso: "ler" for recurso in _TUDO if recurso != "pessoais"}, "todos"
    ),
}


def garantir(papel: Any, permissao: Any) -> None:
    """Create the roles that are missing, with the model classes given (a migration's own); those that are there stay as they are."""
    present = set(papel.objects.filter(excluido_em__isnull=True).values_list("nome", flat=True))
    for nome in PAPEIS_PADRAO.keys() - present:
        novo = papel.objects.create(nome=nome, descricao=PAPEIS_PADRAO[nome].descricao, sistema=True)
        niveis = PAPEIS_PADRAO[nome].niveis
        permissao.objects.bulk_create(
            [permissao(papel=novo, recurso=recurso, acao=acao, visibilidade=nivel) for (recurso, acao), nivel in niveis.items()]
        )
