"""What `GET /gateway/busca` looks in: one list of a service each, and which of its fields say what was found."""

from dataclasses import dataclass
from typing import Any

from crm_shared.auth.fields import field_access
from crm_shared.auth.principal import Principal


@dataclass(frozen=True, slots=True)
class Kind:
    """`titulo` and `subtitulo` name fields of the list's rows: the first that says something, and all that do."""

    servico: str
    recurso: str
    path: str
    scope: str
    titulo: tuple[str, ...]
    subtitulo: tuple[str, ...]

    def fields(self, principal: Principal) -> str:
        """Those that the caller sees."""
        access = field_access(principal, self.scope.split(":")[0])
        return ",".join(name for name in dict.fromkeys(("id", *self.titulo, *self.subtitulo)) if not access.hides(name))

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        told = [str(row[name]) for name in self.titulo if row.get(name)]
        more = [str(row[name]) for name in self.subtitulo if row.get(name) and str(row[name]) not in told[:1]]
        return {
            "servico": self.servico,
            "recurso": self.recurso,
            "id": row["id"],
            "titulo": told[0] if told else "",
            "subtitulo": " · ".join(more),
            "endereco": f"{'' if self.servico == 'auth' else '/gateway'}{self.path}/{row['id']}",
        }


_CONVERSAS = "comunicacao:ler"
KINDS = (
    Kind("clientes", "clientes", "/clientes", "clientes:ler", ("nome",), ("email", "telefone", "cpf")),
    Kind("clientes", "leads", "/clientes/leads", "leads:ler", ("cliente_nome",), ("empresa_nome", "interesse", "status")),
    Kind("empresas", "empresas", "/empresas", "empresas:ler", ("nome",), ("cnpj", "municipio", "uf")),
    Kind("vendas", "oportunidades", "/vendas", "vendas:ler", ("titulo",), ("codigo", "empresa_nome", "cliente_nome", "status")),
    Kind("vendas", "produtos", "/vendas/produtos", "produtos:ler", ("nome",), ("codigo",)),
    Kind(
        "comunicacao", "conversas", "/comunicacao", "comunicacao:ler", ("assunto", "numero"), ("numero", "cliente_nome", "identidade_nome")
    ),
    Kind("comunicacao", "identidades", "/comunicacao/identidades", _CONVERSAS, ("nome", "id_externo"), ("id_externo", "telefone")),
    Kind("tarefas", "tarefas", "/tarefas", "tarefas:ler", ("titulo",), ("tipo", "estado")),
    Kind("automacao", "fluxos", "/automacao", "automacao:ler", ("nome",), ("estado",)),
    Kind("auth", "usuarios", "/auth/usuarios", "usuarios:ler", ("nome",), ("email", "papel_nome")),
)
RECURSOS = tuple(kind.recurso for kind in KINDS)
