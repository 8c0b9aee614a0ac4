"""A WSGI application as small as can be, for tests of what gunicorn does under our configuration."""

import time

from crm_shared import draining
from crm_shared.observability.metrics import count_request, exposition

LENTO = 2.5  # seconds


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/metrics":
        content_type, body = exposition()
        start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]
    count_request("GET", "/pequeno", 200, 0.01)
    if path == "/lento":
        time.sleep(LENTO)
    status = "503 Not Ready" if path == "/saude/pronto" and draining.draining() else "200 OK"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
