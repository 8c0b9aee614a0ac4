"""What must never reach a log, whoever wrote the line: tokens, passwords, CPF, e-mail addresses, telephone numbers.

By name where the name says it (a member called `senha`), by shape everywhere else, also deep within lists and texts.
"""

import re
from collections.abc import Mapping
from typing import Any

TEXT_MAX = 8_000  # characters of one value: the beginning and the end of a traceback say what there is to say
_DEPTH, _ITEMS = 6, 100

_BARE = r"(?<![\w.:-])", r"(?![\w:-]|\.\d)"  # not within an id, a version, a time or an amount
_NAMES = "senha|password|passwd|refresh|access|secret|token"
_NAMED = re.compile(rf"(?i)(\b(?:{_NAMES})[\w-]*[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s\"',;&}})\]]+)")
_SHAPES = [
    (re.compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}"), "[token]"),
    (re.compile(r"\bcrm_[A-Za-z0-9_-]{40,}"), "[chave]"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[\w.~+/=-]{8,}"), r"\1 [token]"),
    (re.compile(r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"), "[credencial]"),
    (_NAMED, r"\1[segredo]"),
    (re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"), "[cpf]"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(r"(?:\+|%2[Bb])\d{10,15}\b|(?:\+55[\s-]?)?\(\d{2}\)\s?\d{4,5}[-\s]?\d{4}\b"), "[telefone]"),
    (re.compile(rf"{_BARE[0]}\d{{2}}[\s-]9\d{{4}}[-\s]?\d{{4}}{_BARE[1]}"), "[telefone]"),
    (re.compile(rf"{_BARE[0]}(?:55)?[1-9]{{2}}(?:9\d{{8}}|[2-5]\d{{7}}){_BARE[1]}"), "[telefone]"),
    (re.compile(rf"{_BARE[0]}\d{{11}}{_BARE[1]}"), "[cpf]"),
]
# none of the shapes above can be in a text without one of these, and most texts have none
_SUSPICIOUS = re.compile(r"@|%40|eyJ|crm_|\d{8}|\d{3}\.\d{3}|\d{4}[-\s]\d|(?i:bearer|basic|senha|passw|secret|token|refresh|access)")
_WORD = re.compile(r"[^\s:()<>=,;\"']+")
_SECRET_NAMES = re.compile(
    r"(?i)senha|passw|secret|segredo|token|refresh|^access$|authorization|cookie|assertion|^cpf$|e-?mail|telefone|celular|whatsapp|^dsn$"
)


def masked(text: str) -> str:
    if len(text) > TEXT_MAX:
        text = f"{text[: TEXT_MAX // 2]} ... ({len(text)} caracteres) ... {text[-TEXT_MAX // 2 :]}"
    if _SUSPICIOUS.search(text):
        for pattern, replacement in _SHAPES:
            text = pattern.sub(replacement, text)
    return text


def masked_expression(text: str) -> str:
    """An expression, or what was typed into a filter or a search: each of its words by itself too, for operators stand next to them."""
    return _WORD.sub(lambda word: masked(word[0]), masked(text))


def masked_filters(filters: Mapping[str, str]) -> dict[str, str]:
    """Filters of a list by name, as texts."""
    return {name: masked_member(name, masked_expression(text)) for name, text in filters.items()}


def masked_value(value: Any, depth: int = 0) -> Any:
    """`value` fit for a log line: texts masked, containers searched as deep as a log line needs to be."""
    if isinstance(value, str):
        return masked(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, bytes):
        return masked(value[:TEXT_MAX].decode("utf-8", "replace"))
    if depth >= _DEPTH:
        return "..."
    if isinstance(value, Mapping):
        return {masked(str(key)): masked_member(str(key), item, depth + 1) for key, item in list(value.items())[:_ITEMS]}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked_value(item, depth + 1) for item in list(value)[:_ITEMS]]
    return masked(str(value))


def masked_member(name: str, value: Any, depth: int = 0) -> Any:
    """As `masked_value`, but what is called a secret goes as a whole."""
    return "[oculto]" if value and isinstance(value, str | bytes) and _SECRET_NAMES.search(name) else masked_value(value, depth)
