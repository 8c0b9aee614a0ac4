"""A WSGI application as small as can be, for tests of how gunicorn ends."""

import time

from crm_shared import draining


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/lento":
        time.sleep(2)
    status = "503 Not Ready" if path == "/saude/pronto" and draining.draining() else "200 OK"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
