"""Django's WSGI application behind what WSGI leaves open: a body without Content-Length.

A chunked body is legal HTTP/1.1, and Django reads it as empty (it goes by CONTENT_LENGTH alone). It is read here,
up to one byte more than the API takes, so that the parser's own limit answers 413.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application as django_application

from .observability import tracing

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def get_wsgi_application() -> Application:
    django: Application = django_application()
    tracing.start(settings.SERVICE)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(settings.JSON_BODY_MAX_BYTES + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return django(environ, start_response)

    return application
