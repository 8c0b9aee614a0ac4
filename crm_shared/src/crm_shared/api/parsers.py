"""The only body format of the API: JSON, read strictly."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "corpo_grande_demais"
    default_detail = "O corpo da requisição é grande demais."


class FileTooLarge(BodyTooLarge):
    default_code = "arquivo_grande_demais"


class StrictJSONParser(BaseParser):
    """orjson refuses NaN, lone surrogates, wrong UTF-8, trailing text and deep nesting; we add NUL and the size."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.JSON_BODY_MAX_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        if b"\\u0000" in body or b"\0" in body:
            raise ParseError("O corpo contém um caractere nulo.", code="caractere_invalido")
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"O corpo não é um JSON válido: linha {error.lineno}, coluna {error.colno}.", code="json_invalido") from None
        if not isinstance(data, dict | list):
            raise ParseError("O corpo deve ser um objeto JSON.", code="json_invalido")
        return data
