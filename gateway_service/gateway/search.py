"""`GET /gateway/busca?q=`: every service's own `busca`, in one list."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from crm_shared.auth.claims import Claims
from crm_shared.auth.principal import Principal
from crm_shared.identity.errors import IdentityError
from crm_shared.identity.search import search_terms, search_text
from gateway.composite import Absent, Composite, Unavailable, given, invalid, limit, nobody_answered, parameters
from gateway.kinds import KINDS, RECURSOS, Kind
from gateway.problems import Scope, no_route

PATH = b"/gateway/busca"
DEFAULT_LIMIT, MAX_LIMIT = 5, 25


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, how many of each kind at most, and in which kinds."""

    q: str
    limite: int
    kinds: tuple[Kind, ...]

    @classmethod
    def read(cls, query: bytes) -> "Question":
        """Raises Refusal 400."""
        named = parameters(query, ("q", "limite", "recursos"))
        return cls(_text(named.get("q", "")), limit(named.get("limite", str(DEFAULT_LIMIT)), MAX_LIMIT), _kinds(named.get("recursos")))


def _text(q: str) -> str:
    if not q.strip():
        raise invalid("q", "obrigatorio", "Informe o que buscar.")
    try:
        search_terms(q)
    except IdentityError as error:
        raise invalid("q", error.code, str(error)) from None
    return q


def _kinds(text: str | None) -> tuple[Kind, ...]:
    if text is None:
        return KINDS
    wanted = text.split(",")
    if any(name not in RECURSOS for name in wanted):
        raise invalid("recursos", "opcao_invalida", f"Use: {', '.join(RECURSOS)}.")
    return tuple(kind for kind in KINDS if kind.recurso in wanted)


class Searcher(Composite):
    NAME = "busca"

    async def answer(self, scope: Scope, claims: Claims, head: bytes) -> dict[str, Any]:
        if scope["raw_path"].rstrip(b"/") != PATH:
            raise no_route()
        question = Question.read(scope["query_string"])
        found = await asyncio.gather(*(self._of_kind(kind, question, claims, head) for kind in question.kinds), return_exceptions=True)
        return _merged(question, found)

    async def _of_kind(self, kind: Kind, question: Question, claims: Claims, head: bytes) -> list[dict[str, Any]]:
        """What was found. Raises Unavailable, or Refusal when the service does not take the token."""
        if kind.scope not in claims.scopes:
            raise Unavailable("escopo_ausente")
        query = urlencode({"busca": question.q, "limite": question.limite, "campos": kind.fields(Principal.from_claims(claims))})
        try:
            answer = await self.services.ask(kind.servico, f"{kind.path}?{query}", head)
            return [kind.shown(row) for row in answer["resultados"]]
        except (Absent, KeyError, TypeError):
            raise Unavailable("resposta_invalida") from None


def _merged(question: Question, found: Iterable[Any]) -> dict[str, Any]:
    """Raises the Refusal of a service that does not take the token, and one when nothing at all could be asked."""
    rows: list[dict[str, Any]] = []
    missing: list[dict[str, str]] = []
    answered = False
    for kind, item in zip(question.kinds, found, strict=True):
        part = given(kind.servico, kind.recurso, item, missing)
        if part is not None:
            answered = True
            rows += part
    if not answered:
        raise nobody_answered({item["motivo"] for item in missing})
    return {"resultados": sorted(rows, key=lambda row: _distance(question.q, row["titulo"])), "indisponiveis": missing}


def _distance(q: str, titulo: str) -> int:
    """What is called just so comes first, then what begins so; the rest stays as the services order it."""
    wanted, called = search_text(q).strip(), search_text(titulo).strip()
    return 0 if called == wanted else 1 if called.startswith(wanted) else 2
