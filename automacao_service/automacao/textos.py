"""Titles with {{placeholders}}: each is replaced by one plain value, once. There is no language, hence nothing to escape from."""

import re
from collections.abc import Mapping
from typing import Any

_LUGAR = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_CONTROLES = re.compile(r"[\x00-\x1f\x7f]+")


def lugares(modelo: str) -> list[str]:
    """The names that `modelo` cites, in order."""
    return _LUGAR.findall(modelo)


def mal_formado(modelo: str) -> bool:
    """Braces remain that are no placeholder: a misspelling that people would otherwise meet in every task."""
    resto = _LUGAR.sub("", modelo)
    return "{{" in resto or "}}" in resto


def preencher(modelo: str, valores: Mapping[str, Any], maximo: int) -> str:
    """`modelo` with its values, on one line, at most `maximo` characters. An absent value leaves nothing."""
    cheio = _LUGAR.sub(lambda lugar: _texto(valores.get(lugar[1])), modelo)
    return " ".join(_CONTROLES.sub(" ", cheio).split())[:maximo]


def _texto(valor: Any) -> str:
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    return ", ".join(_texto(item) for item in valor) if isinstance(valor, list) else str(valor)
