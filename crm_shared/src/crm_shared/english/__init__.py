"""The English of what API users read, which the code says in pt-BR (ADR 25).

Texts are turned where they leave: in problem documents and in the OpenAPI. `english.toml` of crm_shared and of each app maps a
pt-BR text to its English one: `{0}` stands for a value that stays as it is, `<0>` for a text that may have an entry of its own. What
Django and DRF say comes from their own catalogues, read backwards.
"""

import gettext
import re
import tomllib
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps

PORTUGUESE, ENGLISH = "pt-BR", "en"
_speaking: ContextVar[str] = ContextVar("speaking", default=PORTUGUESE)
_HOLE = re.compile(r"\{(\w+)\}|<(\d)>|%\((\w+)\)[sd]")
_SENTENCES = re.compile(r"(?<=[.!?]) +(?=[A-ZÀ-Ú`])")


def speak(language: str) -> None:
    """What `told` answers in from now on, in this thread or task."""
    _speaking.set(language)


def speaking() -> str:
    return _speaking.get()


def told(text: str) -> str:
    """`text` in the language of the present request; as it is where there is no English for it."""
    return english(text) or text if _speaking.get() == ENGLISH else text


@lru_cache(maxsize=256)
def preferred(accept_language: str) -> str:
    """The better liked of our languages; pt-BR unless English is (RFC 9110, 12.5.4)."""
    liked = {PORTUGUESE: 0.0, ENGLISH: 0.0}
    for item in accept_language[:500].split(","):
        tag, _, parameter = item.strip().partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameter) if parameter else None
        quality = float(match[1]) if match else 0.0 if parameter else 1.0
        name = {"en": ENGLISH, "pt": PORTUGUESE}.get(tag.strip().lower().split("-")[0])
        if name:
            liked[name] = max(liked[name], quality)
    return ENGLISH if liked[ENGLISH] > liked[PORTUGUESE] else PORTUGUESE


@lru_cache(maxsize=4096)
def english(text: str) -> str | None:
    """The English of a text: as a whole, or line by line and sentence by sentence; None when a part of it has none."""
    whole = _catalogue().find(text)
    if whole is not None:
        return whole
    for separator, parts in (("\n", text.split("\n")), (" ", _SENTENCES.split(text))):
        if len(parts) > 1:
            found = [english(part) if part.strip() else part for part in parts]
            return separator.join(part for part in found if part is not None) if None not in found else None
    return None


class Catalogue:
    """Exact texts, and patterns for those with holes."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for said, meant in texts:
            if _HOLE.search(said):
                self._patterns.append((_pattern(said), meant))
            else:
                self._exact.setdefault(said, meant)
        self._patterns.sort(key=lambda item: -len(item[0].pattern))  # the one that says most

    def find(self, text: str) -> str | None:
        text = text.strip()
        if text in self._exact:
            return self._exact[text]
        if f"{text}." in self._exact:  # a summary is the first sentence of a description
            return self._exact[f"{text}."].removesuffix(".")
        if not any(char.isalpha() for char in text):
            return text
        for pattern, meant in self._patterns:
            if match := pattern.fullmatch(text):
                return self._filled(meant, match)
        return None

    def _filled(self, meant: str, match: re.Match[str]) -> str:
        values = match.groupdict()
        for name in re.findall(r"<(\d)>", meant):
            values[f"t{name}"] = self.find(values[f"t{name}"]) or values[f"t{name}"]
        return _HOLE.sub(lambda hole: values[f"t{hole[2]}" if hole[2] else f"v{hole[1] or hole[3]}"], meant)


def _pattern(said: str) -> re.Pattern[str]:
    """A regular expression with a group for each hole: `v...` for a value, `t...` for a text."""
    made, at, seen = "", 0, set[str]()
    for hole in _HOLE.finditer(said):
        name = f"t{hole[2]}" if hole[2] else f"v{hole[1] or hole[3]}"
        made += re.escape(said[at : hole.start()]) + (f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        at = hole.end()
    return re.compile(made + re.escape(said[at:]), re.DOTALL)


@cache
def _catalogue() -> Catalogue:
    own = [Path(__file__).parent, *(Path(app.path) for app in apps.get_app_configs())]
    return Catalogue([*(item for folder in dict.fromkeys(own) for item in read(folder)), *_of_the_frameworks()])


def read(folder: Path) -> list[tuple[str, str]]:
    """The texts of one package; none where it says none."""
    path = folder / "english.toml"
    return list(tomllib.loads(path.read_text()).items()) if path.exists() else []


def _of_the_frameworks() -> list[tuple[str, str]]:
    found = []
    for package in ("rest_framework", "django.conf", "django_filters"):
        spec = find_spec(package) if package.partition(".")[0] != "rest_framework" or find_spec("rest_framework") else None
        folder = Path(spec.origin).parent / "locale/pt_BR/LC_MESSAGES" if spec and spec.origin else None
        for path in folder.glob("*.mo") if folder else ():
            found += _backwards(path)
    return found


def _backwards(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        known: dict[str | tuple[str, int], str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    pairs = [(said, key if isinstance(key, str) else key[0]) for key, said in known.items() if key]
    return [(said, meant.rpartition("\x04")[2]) for said, meant in pairs if said and _holes(said) == _holes(meant)]


def _holes(text: str) -> set[str]:
    return {hole[0] for hole in _HOLE.finditer(text)}
