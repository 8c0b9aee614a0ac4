"""From text to a tree of plain data, read once.

A node is one of `{"e": [node, ...]}`, `{"ou": [node, ...]}`, `{"nao": node}`, `{"texto": str}` and
`{"campo": name, "op": operator, "valor": plain value or list of them}`; the operators stand in fields.py.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from ..identity.errors import IdentityError
from ..identity.search import search_terms
from .errors import QError
from .fields import Fields, Written

MAX_LENGTH = 2000  # characters
MAX_DEPTH = 12
MAX_CONDITIONS = 50
Node = dict[str, Any]

_NAMES = {"CAMPO": "um campo com dois-pontos", "PALAVRA": "uma palavra", "LPAR": "(", "RPAR": ")", "VALOR": "um valor", "$END": "o fim"}


class Part(NamedTuple):
    """What was read so far: bounded while it is read, so that nothing later need fear its depth."""

    node: Node
    depth: int
    conditions: int


def parse(source: str, fields: Fields, *, searchable: bool = True) -> Node:
    """The tree of `source`. Raises QError, which tells the position and what was expected there."""
    if len(source) > MAX_LENGTH:
        raise QError("q_longa", f"Use até {MAX_LENGTH} caracteres.", MAX_LENGTH)
    try:
        part: Part = _grammar().parse(source)  # type: ignore[assignment]  # _Bounded makes it one
    except UnexpectedToken as error:
        at = len(source) if error.token.type == "$END" else error.token.start_pos or 0
        raise QError("q_invalida", _expected(error.accepts or error.expected), at) from None
    except UnexpectedCharacters as error:
        raise QError("q_invalida", _expected(error.allowed or set()), error.pos_in_stream or 0) from None
    return _typed(part.node, fields, searchable=searchable)


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("gramatica.lark").read_text()
    return Lark(text, start="expressao", parser="lalr", transformer=_Bounded(), maybe_placeholders=False)


def _expected(terminals: set[str]) -> str:
    known = [name for terminal, name in _NAMES.items() if terminal in terminals]
    return f"Esperava {' ou '.join(known)}." if known else "Não esperava isto."


class _Bounded(Transformer[Token, Part]):
    """Runs inside the parser, bottom up: no recursion over what a stranger wrote."""

    def conjunto(self, parts: list[Part]) -> Part:
        together = _phrases(parts)
        return _joined("e", together) if len(together) > 1 else together[0]

    def expressao(self, parts: list[Part]) -> Part:
        return _joined("ou", parts)

    def nao(self, parts: list[Part]) -> Part:
        return _deeper({"nao": parts[0].node}, parts)

    def texto(self, tokens: list[Token]) -> Part:
        return Part({"texto": tokens[0]}, 1, 1)

    def condicao(self, children: list[Any]) -> Part:
        name, (op, values) = children
        return Part({"campo": name, "op": op, "valor": values}, 1, 1)

    def comparacao(self, tokens: list[Token]) -> tuple[str, list[Token]]:
        return {">": "maior", ">=": "maior_igual", "<": "menor", "<=": "menor_igual"}[tokens[0]], tokens[1:]

    def intervalo(self, tokens: list[Token]) -> tuple[str, list[Token]]:
        return "entre", tokens

    def lista(self, tokens: list[Token]) -> tuple[str, list[Token]]:
        return "em", tokens


def _phrases(parts: list[Part]) -> list[Part]:
    """Words that stand beside each other are one search: `ana de sá` has words that are too short for one of their own."""
    found: list[Part] = []
    for part in parts:
        word, before = part.node.get("texto"), found[-1].node.get("texto") if found else None
        if word and before and {word.type, before.type} == {"PALAVRA"}:
            found[-1] = Part({"texto": before.update(value=f"{before} {word}")}, 1, 1)
        else:
            found.append(part)
    return found


def _joined(word: str, parts: list[Part]) -> Part:
    return _deeper({word: [part.node for part in parts]}, parts)


def _deeper(node: Node, parts: list[Part]) -> Part:
    part = Part(node, 1 + max(item.depth for item in parts), sum(item.conditions for item in parts))
    if part.depth > MAX_DEPTH:
        raise QError("q_funda", f"Use até {MAX_DEPTH} níveis de parênteses e negações.", 0)
    if part.conditions > MAX_CONDITIONS:
        raise QError("q_longa", f"Use até {MAX_CONDITIONS} condições.", 0)
    return part


def _typed(node: Node, fields: Fields, *, searchable: bool) -> Node:
    """`node` with each value read as its field's type. Its depth is bounded, so it may be walked."""
    ((key, value), *_) = node.items()
    if key in ("e", "ou"):
        return {key: [_typed(item, fields, searchable=searchable) for item in value]}
    if key == "nao":
        return {key: _typed(value, fields, searchable=searchable)}
    if key == "texto":
        return {key: _searched(value, searchable=searchable)}
    return _condition(value, node["op"], node["valor"], fields)


def _searched(token: Token, *, searchable: bool) -> str:
    at = token.start_pos or 0
    if not searchable:
        raise QError("q_sem_busca", "Esta lista não busca por texto: escreva campo:valor.", at)
    text = unquoted(token)
    try:
        search_terms(text)
    except IdentityError as error:
        raise QError(error.code, str(error), at) from None
    return text


def _condition(name: Token, op: str, values: list[Token], fields: Fields) -> Node:
    at = name.start_pos or 0
    field = fields.get(name[:-1])
    if field is None:
        raise QError("q_campo", f"O campo {name[:-1]!r} não existe aqui. Os que existem: {', '.join(sorted(fields))}.", at)
    written = [Written(unquoted(value), value.type == "TEXTO", value.start_pos or 0) for value in values]
    return {"campo": name[:-1], **field.condition(op, written, at)}


def unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.type == "TEXTO" else str(token)
