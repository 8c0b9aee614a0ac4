"""A corpus of paths that readers take differently: what the gateway forwards, every reader takes for the same route."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from urllib.parse import unquote, unquote_to_bytes

import pytest
from django.core.handlers.wsgi import get_path_info

from gateway.problems import Refusal
from gateway.routes import resolve

SERVICES = ("auth", "clientes", "vendas")
DOTS = [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "%e0%80%ae.",
    "%uff0e%uff0e",
    "%EF%BC%8E%EF%BC%8E",
    "...",
    ".. ",
    "..%20",
]
SLASHES = [
    "/",
    "//",
    "%2f",
    "%2F",
    "%252f",
    "\\",
    "%5c",
    "%5C",
    "%255c",
    ";/",
    "/;/",
    "%c0%af",
    "%EF%BC%8F",
    "%u2215",
    "/./",
    "%00/",
    "%09/",
    "%0a/",
    "/%20/",
]
INTERNAL = [
    "interno",
    "Interno",
    "INTERNO",
    "%69nterno",
    "intern%6f",
    "%2569nterno",
    "interno%20",
    "interno;",
    "interno.",
    "interno%00",
    "%EF%BD%89nterno",
]
ROOTS = ["/gateway/clientes", "/gateway/vendas", "/auth", "/publico/clientes"]

CORPUS = [
    *(f"{root}{slash}{dot}{slash}{dot}{slash}admin" for root, slash, dot in product(ROOTS[:2], SLASHES, DOTS)),
    *(f"{root}{slash}{name}{tail}" for root, slash, name, tail in product(ROOTS, SLASHES, INTERNAL, ("", "/token"))),
    *(f"{root}{slash}x{dot}" for root, slash, dot in product(ROOTS, SLASHES, DOTS)),
    *(
        f"/{prefix}/{name}"
        for prefix, name in product(("gateway", "GATEWAY", "%67ateway", "gateway%2f", "gateway;"), (*SERVICES, "Clientes"))
    ),
]


def as_a_service_reads_it(path: str) -> str:
    """gunicorn's PATH_INFO, and what Django looks routes up by."""
    return get_path_info({"PATH_INFO": unquote_to_bytes(path).decode("latin-1")})


# How servers, frameworks and caches have been seen to read a path.
READERS: list[Callable[[str], str]] = [
    as_a_service_reads_it,
    unquote,
    lambda path: unquote(unquote(path)),
    lambda path: unquote(path).replace("\\", "/"),
    lambda path: "/".join(segment.split(";")[0] for segment in unquote(path).split("/")),
    lambda path: unicodedata.normalize("NFKC", unquote(path)),
    lambda path: unquote(path, encoding="latin-1"),
    lambda path: unquote(path).partition("\0")[0],
]


def segments(path: str) -> list[str]:
    """As a reader that takes out empty and dot segments sees them."""
    found: list[str] = []
    for part in path.split("/"):
        if part == "..":
            found[-1:] = []
        elif part not in ("", "."):
            found.append(part)
    return found


def forwarded() -> list[tuple[str, str]]:
    """(service, target) of what is not refused."""
    found = []
    for path in CORPUS:
        with suppress(Refusal):
            route = resolve(path.encode("latin-1"), b"", SERVICES)
            found.append((route.servico, route.target))
    return found


def test_the_corpus_is_large_and_some_of_it_passes() -> None:
    assert len(set(CORPUS)) > 400
    assert 10 < len(forwarded()) < len(CORPUS) / 4


@pytest.mark.parametrize("reader", range(len(READERS)))
def test_every_reader_takes_what_passes_for_the_same_route(reader: int) -> None:
    for servico, target in forwarded():
        seen, plain = segments(READERS[reader](target)), [unquote(part) for part in target.strip("/").split("/")]
        assert len(seen) == len(plain), target
        assert seen[0] in (servico, "publico"), target
        assert [part.strip(" .").lower() for part in seen[1:2]] != ["interno"], target
        assert [part for part in seen if part in ("..", ".")] == [], target


def test_nothing_that_passes_is_changed_on_the_way() -> None:
    for _, target in forwarded():
        assert any(path.endswith(target.removeprefix("/publico")) or path == target for path in CORPUS), target
