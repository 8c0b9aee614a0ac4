"""What each field of a resource is to a caller: seen, masked, hidden, or seen and not changed.

The one place that says so. Serializers, lists, filters, expressions, totals, exports, imports, bulk, history, the feed, webhooks and
the admin all ask it; `pessoais:ler` is one part of the answer, the rules of the caller's role are the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .principal import Principal
from .restrictable import RESTRICTABLE, SHORT, Restrictable, named

_NONE: frozenset[str] = frozenset()
PERSONAL = "pessoais:ler"


@dataclass(frozen=True)
class FieldAccess:
    """`personal`: personal data is seen unmasked. `hidden`, `masked` and `fixed` are names that a rule is about, with all that goes with
    them; custom fields are `@chave`. `busca` tells what searching would find by: "texto", "digitos" or nothing that is not seen.

    A masked field may be written, as personal ones may by who does not see them; nothing is found, sorted or grouped by it.
    """

    personal: bool = True
    hidden: frozenset[str] = _NONE
    masked: frozenset[str] = _NONE
    fixed: frozenset[str] = _NONE
    busca: str = ""

    @cached_property
    def closed(self) -> frozenset[str]:
        """What nothing may be asked about."""
        return self.hidden | self.masked

    @cached_property
    def unwritable(self) -> frozenset[str]:
        return self.hidden | self.fixed

    @cached_property
    def unlimited(self) -> bool:
        return self.personal and not self.closed

    def hides(self, name: str) -> bool:
        return named(name) in self.hidden

    def closes(self, *names: str) -> bool:
        """Any of them; an ORM path counts by its first part."""
        return bool(self.closed) and any({named(name), name.split("__")[0]} & self.closed for name in names)

    def fixes(self, name: str) -> bool:
        return named(name) in self.unwritable


EVERYTHING, NOTHING_PERSONAL = FieldAccess(), FieldAccess(personal=False)


def field_access(principal: Principal | None, recurso: str) -> FieldAccess:
    """What the fields of `recurso` (the word in its scopes) are to `principal`; None is somebody without any right."""
    personal = principal is not None and principal.has(PERSONAL)
    rules = principal.campos.get(recurso) if principal is not None and principal.campos else None
    if not rules:
        return EVERYTHING if personal else NOTHING_PERSONAL
    return _access(recurso, personal, tuple(sorted(rules.items())))


@lru_cache(maxsize=1024)
def _access(recurso: str, personal: bool, rules: tuple[tuple[str, str], ...]) -> FieldAccess:
    known = RESTRICTABLE.get(recurso, {})
    found = {level: frozenset(_names(known, (name for name, given in rules if given == level))) for level in SHORT}
    searched = {known[name].busca for name, level in rules if level != "l" and name in known}
    busca = "texto" if "texto" in searched else "digitos" if "digitos" in searched else ""
    return FieldAccess(personal, found["o"], found["m"] - found["o"], found["l"], busca)


def _names(known: Mapping[str, Restrictable], ruled: Iterable[str]) -> Iterable[str]:
    for name in ruled:
        yield from (name, *(known[name].also if name in known else ()))
