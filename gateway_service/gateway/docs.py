"""`/docs/`: Swagger UI over the merged OpenAPI, and the AsyncAPI of the events.

All of it comes from here: no inline script, nothing from other hosts.
"""

import hashlib
from functools import cache
from importlib.resources import files

import orjson
from django.http import HttpRequest, HttpResponse

from crm_shared.api.methods import only_read
from crm_shared.api.problems import not_found
from crm_shared.english import preferred, speaking
from crm_shared.events.asyncapi import document
from gateway import wiring

_ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CRM: API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/static/gateway/docs.css">
</head>
<body>
<nav aria-label="CRM"><a href="/">Início</a> <a href="/entrar?para=/docs/">Entrar</a> <a href="/sair">Sair</a></nav>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/inicio.js"></script>
</body>
</html>
"""
_START = """"use strict";
SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = document.cookie.match(/(?:^|; )__Host-csrf=([^;]+)/);
    if (token) request.headers["X-CSRFToken"] = token[1];
    return request;
  },
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
"""


@only_read
def page(_request: HttpRequest) -> HttpResponse:
    return _answer(_PAGE.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-cache"})


@only_read
async def openapi(request: HttpRequest) -> HttpResponse:
    language = preferred(request.GET["lang"]) if "lang" in request.GET else speaking()
    body, etag = await wiring.catalogue(language).merged()
    headers = {"ETag": etag, "Cache-Control": "public, no-cache", "Content-Language": language, "Vary": "Accept-Language"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return _answer(body, "application/json", headers)


@only_read
def asyncapi(request: HttpRequest) -> HttpResponse:
    body, etag = _events()
    headers = {"ETag": etag, "Cache-Control": "public, no-cache"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return _answer(body, "application/vnd.aai.asyncapi+json;version=3.0.0", headers)


@cache
def _events() -> tuple[bytes, str]:
    body = orjson.dumps(document())
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@only_read
def asset(request: HttpRequest, name: str) -> HttpResponse:
    kept = {"Cache-Control": "public, max-age=86400"}
    if name == "inicio.js":
        return _answer(_START.encode(), _ASSETS["swagger-ui-bundle.js"], kept)
    if name not in _ASSETS:
        return not_found(request)
    folder = files("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    return _answer((folder / name).read_bytes(), _ASSETS[name], kept)


def _answer(body: bytes, media_type: str, headers: dict[str, str]) -> HttpResponse:
    guard = {
        "Content-Security-Policy": _POLICY,
        "Content-Length": str(len(body)),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(body, content_type=media_type, headers=guard | headers)
