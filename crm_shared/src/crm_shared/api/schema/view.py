"""`/schema/`: the service's OpenAPI, open to all, made once per process and told apart by its ETag."""

from django.http import HttpRequest, HttpResponse

from ...english import preferred, speaking
from ..methods import only_read
from .document import served

MAX_AGE = 60  # seconds; behind it, If-None-Match costs next to nothing


@only_read
def schema(request: HttpRequest) -> HttpResponse:
    language = preferred(request.GET["lang"]) if "lang" in request.GET else speaking()
    body, etag = served(language)
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={MAX_AGE}", "Content-Language": language}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)
