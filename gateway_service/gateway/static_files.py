"""`/static/`: what the gateway's own pages and the browsable pages of services show; the latter know only this one address."""

import mimetypes
from importlib.resources import files
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse
from django.utils._os import safe_join

from crm_shared.api.methods import only_read
from crm_shared.api.problems import not_found

_PACKAGES = ("gateway", "crm_shared", "rest_framework")


@only_read
def static(request: HttpRequest, package: str, path: str) -> HttpResponse:
    if package not in _PACKAGES:
        return not_found(request)
    try:
        found = Path(safe_join(str(files(package) / "static" / package), path))
    except SuspiciousFileOperation:
        return not_found(request)
    if not found.is_file():
        return not_found(request)
    body = found.read_bytes()
    headers = {"Cache-Control": "public, max-age=86400", "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=mimetypes.guess_type(found.name)[0] or "application/octet-stream", headers=headers)
