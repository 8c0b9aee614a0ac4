"""The caller of a request as its token describes it. Not a database row: services keep no users."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

NIVEIS = ("proprio", "equipe", "todos")


@dataclass(frozen=True)
class Principal:
    """`equipes`: teams whose records the level `equipe` opens, own team first. `vis`: level by recurso or recurso:acao, "*" the rest.

    `campos`: by recurso, the fields that a rule of the role is about, each with its level in short; `auth.fields` says what follows.
    """

    sub: str
    scopes: frozenset[str]
    vis: dict[str, str]
    equipes: tuple[UUID, ...]
    nome: str = ""
    obo: str | None = None
    campos: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    # DRF and Django ask these of `request.user`
    is_authenticated = True
    is_active = True
    is_anonymous = False

    @classmethod
    def from_claims(cls, claims: Any) -> "Principal":
        equipes = tuple(UUID(str(equipe)) for equipe in claims.equipes)
        return cls(claims.sub, frozenset(claims.scopes), dict(claims.vis), equipes, claims.nome or "", claims.obo, claims.campos)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` takes: for work that goes on with these rights after the request."""
        members = {"sub": self.sub, "scopes": sorted(self.scopes), "vis": self.vis, "nome": self.nome, "obo": self.obo}
        rules = {"campos": {recurso: dict(found) for recurso, found in self.campos.items()}} if self.campos else {}
        return members | {"equipes": [str(equipe) for equipe in self.equipes]} | rules

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Principal":
        equipes = tuple(UUID(equipe) for equipe in data["equipes"])
        rules = data.get("campos", {})
        return cls(data["sub"], frozenset(data["scopes"]), dict(data["vis"]), equipes, data["nome"], data["obo"], rules)

    @property
    def usuario_id(self) -> UUID | None:
        """The person whose rights apply: the user, or whom a service acts for."""
        person = self.obo or self.sub
        return None if person.startswith("svc:") else UUID(person)

    @property
    def equipe_id(self) -> UUID | None:
        return self.equipes[0] if self.equipes else None

    @property
    def pk(self) -> str:
        return self.sub

    def has(self, scope: str) -> bool:
        return scope in self.scopes

    def nivel(self, recurso: str, acao: str) -> str:
        """proprio, equipe or todos; the narrowest when the token says nothing."""
        return self.vis.get(f"{recurso}:{acao}") or self.vis.get(recurso) or self.vis.get("*") or "proprio"

    def __str__(self) -> str:
        return self.nome or self.sub
