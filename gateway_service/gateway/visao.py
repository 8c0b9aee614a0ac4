"""`GET /gateway/composto/clientes/{id}/visao-360`: a person and what all services know of her, in one answer."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm_shared.auth.claims import Claims
from gateway.composite import Absent, Composite, Unavailable, given, limit, nobody_answered, parameters
from gateway.problems import Refusal, Scope, no_route

DEFAULT_LIMIT, MAX_LIMIT = 10, 25


@dataclass(frozen=True, slots=True)
class Part:
    """`path` and `query` lead to a list; `{id}` is the person's."""

    nome: str
    servico: str
    scope: str
    path: str
    query: str

    def target(self, pk: str) -> str:
        return f"{self.path}?{self.query}".format(id=pk).rstrip("?")


PARTS = (
    Part("empresas", "clientes", "clientes:ler", "/clientes/{id}/empresas", ""),
    Part("leads", "clientes", "leads:ler", "/clientes/leads", "cliente_id={id}"),
    Part("oportunidades", "vendas", "vendas:ler", "/vendas", "cliente_id={id}"),
    Part("conversas", "comunicacao", "comunicacao:ler", "/comunicacao", "cliente_id={id}"),
    Part("tarefas", "tarefas", "tarefas:ler", "/tarefas", "vinculo_id={id}"),
)


class Visao360(Composite):
    NAME = "composto"

    async def answer(self, scope: Scope, claims: Claims, head: bytes) -> dict[str, Any]:
        pk = _person(scope["raw_path"])
        limite = limit(parameters(scope["query_string"], ("limite",)).get("limite", str(DEFAULT_LIMIT)), MAX_LIMIT)
        if "clientes:ler" not in claims.scopes:
            raise Refusal(403, "escopo_ausente", "Falta o escopo clientes:ler.")
        asked = [self.services.ask("clientes", f"/clientes/{pk}", head)]
        asked += [self._part(part, pk, limite, claims, head) for part in PARTS]
        pessoa, *parts = await asyncio.gather(*asked, return_exceptions=True)
        if isinstance(pessoa, Absent):
            raise Refusal(404, "nao_encontrado", "Não há registro com este id, ou você não o vê.")
        missing: list[dict[str, str]] = []
        shown = {"pessoa": given("clientes", "clientes", pessoa, missing)}
        shown |= {part.nome: given(part.servico, part.nome, found, missing) for part, found in zip(PARTS, parts, strict=True)}
        if not any(shown.values()):
            raise nobody_answered({item["motivo"] for item in missing})
        return shown | {"indisponiveis": missing}

    async def _part(self, part: Part, pk: str, limite: int, claims: Claims, head: bytes) -> dict[str, Any]:
        if part.scope not in claims.scopes:
            raise Unavailable("escopo_ausente")
        target = part.target(pk)
        try:
            answer = await self.services.ask(part.servico, f"{target}{'&' if '?' in target else '?'}limite={limite}", head)
            return {"resultados": answer["resultados"], "mais": answer["proximo"] is not None, "endereco": f"/gateway{target}"}
        except (Absent, KeyError, TypeError):
            raise Unavailable("resposta_invalida") from None


def _person(raw_path: bytes) -> str:
    match raw_path.rstrip(b"/").split(b"/"):
        case [b"", b"gateway", b"composto", b"clientes", pk, b"visao-360"]:
            try:
                return str(UUID(pk.decode("ascii")))
            except ValueError:
                raise no_route() from None
    raise no_route()
