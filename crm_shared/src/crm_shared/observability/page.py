"""GET /metrics on the service's own port, which the gateway leads nobody to."""

from django.http import HttpRequest, HttpResponse

from .gauges import store_gauges
from .metrics import exposition, read_at_scrape


def metrics(_request: HttpRequest) -> HttpResponse:
    read_at_scrape(store_gauges)
    content_type, body = exposition()
    return HttpResponse(body, content_type=content_type)
