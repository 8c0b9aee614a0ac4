"""Which texts that API users read have no English: those of a package's code, and those of a service's OpenAPI."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm_shared.english import english
from crm_shared.english.openapi import spoken

# people who call the API never meet what these say
_NOT_FOR_USERS = {"tests", "testing", "migrations", "management", "admin", "observability", "jobs", "mongo"}
_NO_MODULES = {"admin.py", "env.py", "checks.py", "telemetry.py", "exemplos.py", "examples.py", "pages.py", "metrics.py"}
_NO_MODULES |= {"gunicorn_hooks.py", "asyncapi.py"}  # the latter speaks English, as docs/events.md does
_FOR_PROGRAMMERS = {"ImproperlyConfigured", "RuntimeError", "AssertionError", "ValueError", "TypeError", "LookupError"}
_FOR_PROGRAMMERS |= {"NotImplementedError", "TransactionManagementError", "LostRace", "Again", "Counter", "Gauge", "Histogram"}
_SENTENCE = re.compile(r"""["'«]?[A-ZÀ-Ú].* .*[.?!:]""", re.DOTALL)
_OF_A_RECORD = re.compile(r"(?:Listar|Ler|Criar|Substituir|Alterar campos de|Excluir|Restaurar) (.+[^.])")
_CHOICE = re.compile(r"\* `([^`]*)` - (.*)")


def missing_in_document(document: dict[str, Any]) -> list[str]:
    return [text for text in spoken(document) if not all(_known(line) for line in text.split("\n"))]


def missing_in_options(said: Any, turned: Any) -> list[str]:
    """What the answer to OPTIONS `said` of fields, where the one in English does not say it in English."""
    pairs = zip(_labels(said), _labels(turned), strict=True)
    return [text for (text, named), (other, _) in pairs if (english(text) or (text if not named else None)) != other]


def _labels(options: Any) -> Iterator[tuple[str, bool]]:
    """The texts; a choice that is called by its value has no name that would have to be turned."""
    if isinstance(options, list):
        for item in options:
            yield from _labels(item)
    elif isinstance(options, dict):
        yield from ((options[name], True) for name in ("label", "help_text") if isinstance(options.get(name), str))
        if isinstance(options.get("display_name"), str):
            yield options["display_name"], options["display_name"] != options["value"]
        for value in options.values():
            yield from _labels(value)


def missing_in_code(folder: Path) -> list[str]:
    """The sentences of the modules of `folder`, a value in them as `{0}`."""
    texts = {text for path in _modules(folder) for text in _sentences(ast.parse(path.read_text()))}
    return sorted(text for text in texts if english(text) is None)


def _known(line: str) -> bool:
    """Codes of choices may stay as they are; what a record or a choice is called may not."""
    if match := _CHOICE.fullmatch(line.strip()):
        return match[1] == match[2] or english(match[2]) is not None
    if match := _OF_A_RECORD.fullmatch(line.strip()):
        return english(match[1]) is not None
    return not line.strip() or english(line) is not None


def _modules(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if not _NOT_FOR_USERS & set(path.relative_to(folder).parts) and path.name not in _NO_MODULES:
            yield path


def _sentences(tree: ast.Module) -> Iterator[str]:
    passed = {id(part) for node in ast.walk(tree) if _is_prose(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in passed:
            passed |= {id(part) for part in node.values}
            text = _template(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
        else:
            continue
        if _SENTENCE.fullmatch(text):
            yield text


def _is_prose(node: ast.AST) -> bool:
    """Docstrings, and what is said to programmers."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _FOR_PROGRAMMERS


def _template(node: ast.JoinedStr) -> str:
    holes = iter(range(len(node.values)))
    return "".join(str(part.value) if isinstance(part, ast.Constant) else f"{{{next(holes)}}}" for part in node.values)
