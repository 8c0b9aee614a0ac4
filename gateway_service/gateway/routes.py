"""From the raw request target to a service and the target there. Nothing is decoded or rewritten on the way.

The part after the prefix goes on byte for byte, so it must mean the same to the gateway and to the service: whatever
two readers could take differently (encoded slashes, dots, percent signs, double slashes, `;`) is refused with 400.
"""

import re
from collections.abc import Container
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

from gateway.problems import bad_request, no_route

# RFC 3986 pchar without ";", and no encoded "/", "\", ".", "%" or control character; no "." or ".." as a segment
_PCHAR = rb"(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%(?!2[5EFef]|5[Cc]|7[Ff]|[01])[0-9A-Fa-f]{2})"
_PATH = re.compile(rb"(?:/(?!\.\.?(?:/|$))" + _PCHAR + rb"+)+/?")
_SIMPLE = re.compile(rb"(?:/[A-Za-z0-9_\-]+)+/?")  # nearly all are so, and match in a fifth of the time
_QUERY = re.compile(rb'[!"$-~]*')  # any visible ASCII but "#": what the encoded bytes mean is the service's affair

# Below these the services talk to each other; nobody comes in from outside.
_INTERNAL = b"interno"
_PREFIXES = (b"gateway", b"auth", b"publico")


class Route(NamedTuple):
    """`target` is path and query for the service. Without `needs_token` the service decides by itself."""

    servico: str
    target: str
    needs_token: bool

    @property
    def own(self) -> bytes:
        """The path under which the service keeps its addresses."""
        return f"/{self.servico}/".encode()


def is_proxied(raw_path: bytes) -> bool:
    """Whether the path lies under a prefix that belongs to a service; everything else is Django's."""
    return raw_path.startswith(b"/") and raw_path[1:].partition(b"/")[0] in _PREFIXES


def resolve(raw_path: bytes, query: bytes, services: Container[str]) -> Route:
    """Raises Refusal: 400 for an ambiguous target, 404 where no service is."""
    check(raw_path, query)
    prefix, _, rest = raw_path[1:].partition(b"/")
    servico, path = "auth", raw_path
    if prefix not in _PREFIXES:  # Django decodes before it chooses a view: /%61uth would come here
        raise no_route()
    if prefix != b"auth":
        name, slash, rest = rest.partition(b"/")
        servico = name.decode("ascii")
        if servico == "auth" or servico not in services:
            raise no_route()
        path = b"/" + (name if prefix == b"gateway" else prefix) + slash + rest
    if _is_internal(rest):
        raise no_route()
    target = path + b"?" + query if query else path
    return Route(servico, target.decode("ascii"), needs_token=prefix == b"gateway")


def _is_internal(rest: bytes) -> bool:
    """As the most generous reader would take the segment: decoded, in compatibility form, without dots and spaces around it."""
    first = rest.partition(b"/")[0]
    if b"%" in first:
        first = normalize("NFKC", unquote_to_bytes(first).decode()).encode()
    return first.strip(b" .").lower() == _INTERNAL


def check(raw_path: bytes, query: bytes) -> None:
    """Raises Refusal for a target that two readers could take differently."""
    if not (_SIMPLE.fullmatch(raw_path) or _PATH.fullmatch(raw_path)) or not _QUERY.fullmatch(query):
        raise bad_request("endereco_invalido", "O endereço contém caracteres ou segmentos que não são aceitos.")
    if b"%" in raw_path:
        try:
            text = unquote_to_bytes(raw_path).decode("utf-8")
        except UnicodeDecodeError:
            raise bad_request("endereco_invalido", "O endereço não está em UTF-8.") from None
        if _separators(normalize("NFKC", text)) != _separators(text):  # a fullwidth dot or slash is one to some readers
            raise bad_request("endereco_invalido", "O endereço contém caracteres ou segmentos que não são aceitos.")


def _separators(text: str) -> int:
    return sum(map(text.count, "/\\.;%"))
