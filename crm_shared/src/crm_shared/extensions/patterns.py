"""Regular expressions of strangers: only such as cannot be made to work hard.

A backtracking matcher tries at most as many ways as there are of choosing every repetition's count and every alternative. That
number is computed from the expression for the longest value that a field takes, and refused where it is large.
"""

import re
import re._constants as ops  # type: ignore[import-not-found]  # no stubs for them; the parser is what `re` itself runs
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

MAX_VALUE = 300  # characters of a text field
MAX_WAYS = 100_000
_SINGLE = {ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.AT, ops.RANGE, ops.CATEGORY}


class PatternRefused(ValueError):
    """`str()` is for people."""


def compiled(pattern: str) -> re.Pattern[str]:
    """Raises PatternRefused for what is no expression, or one that could take long."""
    try:
        found = re.compile(pattern, re.ASCII)
        ways = _ways(parser.parse(pattern, re.ASCII))
    except (re.error, OverflowError, RecursionError):
        raise PatternRefused("Não é uma expressão regular válida.") from None
    if ways > MAX_WAYS:
        raise PatternRefused("A expressão é ambígua demais: use repetições com limites e sem repetição dentro de repetição.")
    return found


def _ways(sequence: Any) -> int:
    total = 1
    for code, argument in sequence:
        total = min(total * _ways_of(code, argument), MAX_WAYS + 1)
    return total


def _ways_of(code: Any, argument: Any) -> int:
    if code in _SINGLE:
        return 1
    if code is ops.SUBPATTERN:
        return _ways(argument[-1])
    if code is ops.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if code in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        low, high, inner = argument
        return _repeated(_ways(inner), int(low), min(int(high), MAX_VALUE))
    raise PatternRefused("Referências e olhares à frente ou atrás não são aceitos.")


def _repeated(ways: int, low: int, high: int) -> int:
    """The sum of ways ** n for n from low to high, as far as it matters."""
    total = 0
    for count in range(low, max(low, high) + 1):
        total += ways ** min(count, 20)
        if total > MAX_WAYS:
            break
    return total
