"""ETag and If-Match over the record's integer version."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

_TAG = re.compile(r'"v(\d{1,9})"')


def etag(versao: int) -> str:
    return f'"v{versao}"'


def if_match(request: Request) -> int | None:
    """The version that the caller read, or None when any will do (no header, or `*`). An empty one is an error: it was meant."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    match = _TAG.fullmatch(header)
    if match is None:
        raise ValidationError({"If-Match": 'Use a etiqueta que a leitura devolveu, por exemplo "v7".'})
    return int(match[1])


def not_modified(request: Request, versao: int) -> bool:
    """If-None-Match names the present version: the caller has it already."""
    tags = (tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(","))
    return etag(versao) in tags
