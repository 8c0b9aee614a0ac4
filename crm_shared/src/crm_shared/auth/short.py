"""The short spellings in an access token, which travels with every request, and in a browser in a cookie of 4,096 characters at most.

The scopes of one resource are said together, `clientes:ler,criar`; the id of a team is 22 characters of base64url. Verifiers read
the long spellings as well, and know nothing else of either.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from itertools import groupby
from uuid import UUID

_SHORT_ID = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # the last character has two bits to say


def short_scopes(scopes: Iterable[str]) -> str:
    pairs = sorted(scope.split(":") for scope in scopes)
    return " ".join(f"{recurso}:{','.join(acao for _, acao in own)}" for recurso, own in groupby(pairs, lambda pair: pair[0]))


def spelled_out(text: str) -> Iterator[str]:
    """Each scope of the claim `scope`."""
    for item in text.split():
        recurso, _, acoes = item.partition(":")
        yield from (f"{recurso}:{acao}" for acao in acoes.split(",")) if "," in acoes else (item,)


def short_id(identity: UUID) -> str:
    return urlsafe_b64encode(identity.bytes).decode().rstrip("=")


def is_short_id(text: str) -> bool:
    return _SHORT_ID.fullmatch(text) is not None


def id_in(text: str) -> str:
    """The usual spelling of an id in either."""
    return str(UUID(bytes=urlsafe_b64decode(text + "=="))) if is_short_id(text) else text
