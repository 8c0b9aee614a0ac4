"""One meaning of `busca=` for every store.

A row keeps `search_text(...)` in an indexed column. PostgreSQL asks it `LIKE` by `like_patterns` (GIN trigram), MongoDB by
regular expressions of the escaped `needles`, tests by `matches`; all three answer alike.
"""

import re
import unicodedata
from dataclasses import dataclass

from crm_shared.identity.errors import IdentityError
from crm_shared.identity.text import bounded

_DOCUMENT_LIKE = re.compile(r"[0-9a-z./()+ -]+")
_MASK = str.maketrans("", "", "./()+- ")
_LIKE_SPECIAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
# Controls and lone surrogates separate; accents and invisible format characters vanish.
_ASCII_BLANK = dict.fromkeys((*range(32), 127), " ")
_BLANK, _DROPPED = {"Cc", "Cs"}, {"Mn", "Cf"}


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Matches a text that has all `words`, or that has `compact`, the term as a bare document or phone ("" if it is none)."""

    words: tuple[str, ...]
    compact: str


def search_text(*parts: str | None) -> str:
    """Join the parts without accents and case; the leading space lets the first word be found by its start."""
    return f" {_normalise(' '.join(part for part in parts if part))}"


def search_terms(raw: object) -> SearchTerms:
    """Read what was typed in `busca=`; IdentityError `busca_curta`, `busca_longa` or `busca_invalida`."""
    text = bounded(raw, lambda: IdentityError("busca_longa", "Informe uma busca de até 256 caracteres."))
    if any(unicodedata.category(char) in _BLANK and not char.isspace() for char in text):
        raise IdentityError("busca_invalida", "A busca contém caracteres que não são texto.")
    text = _normalise(text)
    terms = SearchTerms(words=tuple(dict.fromkeys(text.split())), compact=_compact(text))
    if not terms.compact and all(len(word) < 2 for word in terms.words):
        raise IdentityError("busca_curta", "Informe ao menos duas letras seguidas para buscar.")
    return terms


def needles(terms: SearchTerms) -> list[list[str]]:
    """Return alternatives of substrings that must all occur; short words carry the space that puts them at a word's start."""
    words = [word if len(word) > 2 else f" {word}" for word in terms.words]
    return [words, [terms.compact]] if terms.compact and [terms.compact] != words else [words]


def like_patterns(terms: SearchTerms) -> list[list[str]]:
    """Return `needles` as LIKE patterns, escaped by backslash (PostgreSQL's default)."""
    return [[f"%{needle.translate(_LIKE_SPECIAL)}%" for needle in group] for group in needles(terms)]


def matches(text: str, terms: SearchTerms) -> bool:
    """Tell whether a stored `search_text` is found by the terms."""
    return any(all(needle in text for needle in group) for group in needles(terms))


def _normalise(text: str) -> str:
    if text.isascii():  # most are; the rest is the same, letter by letter
        return " ".join(text.translate(_ASCII_BLANK).lower().split())
    plain = "".join(_plain_char(char) for char in unicodedata.normalize("NFKD", text))
    return " ".join(plain.lower().split())


def _plain_char(char: str) -> str:
    category = unicodedata.category(char)
    return " " if category in _BLANK else "" if category in _DROPPED else char


def _compact(text: str) -> str:
    bare = text.translate(_MASK)
    is_document_like = len(bare) >= 4 and any(char.isdigit() for char in bare) and _DOCUMENT_LIKE.fullmatch(text)
    return bare if is_document_like else ""
