"""The merged OpenAPI and its pages: whole when all services answer, never failing when some do not."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.catalogue import FRESH_INCOMPLETE
from gateway.merging import merge, public_path
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer

OWN = ["/gateway/busca", "/gateway/composto/clientes/{id}/visao-360", "/gateway/rastros/{rastro}"]
Ask = Callable[..., Answer]


def document(service: str, *paths: str) -> dict[str, Any]:
    """A service's own OpenAPI: one operation per path, a schema, a reference and a discriminator's mapping."""
    schema = {"$ref": "#/components/schemas/Coisa"}
    answer = {"200": {"description": "Feito.", "content": {"application/json": {"schema": schema}}}}
    identity = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    item = {
        name: {"get": {"operationId": f"op{n}", "tags": [service], "responses": answer, "parameters": [identity] * name.count("{")}}
        for n, name in enumerate(paths)
    }
    coisa = {"oneOf": [{"$ref": "#/components/schemas/Uma"}], "discriminator": {"propertyName": "t", "mapping": {"u": schema["$ref"]}}}
    components = {
        "schemas": {"Coisa": coisa, "Uma": {"type": "object"}},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1"},
        "tags": [{"name": service}],
        "paths": item,
        "components": components,
    }


def references(node: Any) -> set[str]:
    return set(re.findall(r"#/components/[a-zA-Z]+/[A-Za-z0-9_]+", json.dumps(node)))


@pytest.mark.parametrize(
    ("service", "path", "address"),
    [
        ("clientes", "/clientes/{id}", "/gateway/clientes/{id}"),
        ("clientes", "/clientes", "/gateway/clientes"),
        ("auth", "/auth/login", "/auth/login"),
        ("auth", "/auth/interno/token", ""),
        ("clientes", "/clientes/interno/x", ""),
        ("comunicacao", "/publico/webhooks/{id}", "/publico/comunicacao/webhooks/{id}"),
        ("clientes", "/saude/vivo", ""),
    ],
)
def test_addresses_are_those_that_the_gateway_forwards(service: str, path: str, address: str) -> None:
    assert public_path(service, path) == address


def test_two_services_with_the_same_names_make_one_valid_document() -> None:
    merged = merge({name: document(name, f"/{name}", f"/{name}/{{id}}") for name in ("clientes", "vendas")}, ["tarefas"])
    validate(merged)
    assert set(merged["paths"]) == {*OWN, "/gateway/clientes", "/gateway/clientes/{id}", "/gateway/vendas", "/gateway/vendas/{id}"}
    ids = [item["get"]["operationId"] for item in merged["paths"].values()]
    assert ids == ["busca", "visao_360", "rastro", "clientes_op0", "clientes_op1", "vendas_op0", "vendas_op1"]
    known = {f"#/components/{kind}/{name}" for kind, named in merged["components"].items() for name in named}
    assert references(merged) <= known
    assert merged["components"]["schemas"]["vendas_Coisa"]["discriminator"]["mapping"] == {"u": "#/components/schemas/vendas_Coisa"}
    assert list(merged["components"]["securitySchemes"]) == ["token"]
    assert merged["x-servicos-ausentes"] == ["tarefas"]
    assert {"502", "503", "504"} <= set(merged["paths"]["/gateway/vendas"]["get"]["responses"])


def test_a_service_that_is_down_is_missing_and_the_rest_is_there(ask: Ask, upstream: Upstream) -> None:
    """One stub stands for five services, each of which gives the same document: only its own paths count."""
    body = json.dumps(document("clientes", "/clientes", "/vendas")).encode()

    async def schema(exchange: Exchange) -> None:
        await exchange.answer(b'HTTP/1.1 200 OK\nContent-Type: application/json\nETag: "1"\nContent-Length: %d' % len(body), body)

    upstream.handlers["/schema/"] = schema
    deadline = time.monotonic() + FRESH_INCOMPLETE + 2  # for which the document that another test asked for may be kept
    while upstream.requests == [] and time.monotonic() < deadline:
        answer = ask("GET", "/docs/openapi.json", token="")
        time.sleep(0.05)
    assert answer.status == 200
    merged = answer.json()
    assert set(merged["paths"]) == {*OWN, "/gateway/clientes", "/gateway/vendas"}
    assert merged["x-servicos-ausentes"] == ["automacao", "tarefas"]
    (etag,) = answer.values("etag")
    assert ask("GET", "/docs/openapi.json", [("If-None-Match", etag)], token="").status == 304
    upstream.handlers["/schema/"] = lambda exchange: exchange.answer(b"HTTP/1.1 500 No\nContent-Length: 0")
    assert set(ask("GET", "/docs/openapi.json", token="").json()["paths"]) == set(merged["paths"])


def test_the_events_have_their_document(ask: Ask) -> None:
    answer = ask("GET", "/docs/asyncapi.json", token="")
    assert (answer.status, answer.json()["asyncapi"]) == (200, "3.0.0")
    assert answer.values("content-type") == ["application/vnd.aai.asyncapi+json;version=3.0.0"]
    assert "clientes.cliente.criado.v1" in answer.json()["channels"]["clientes"]["messages"]
    assert ask("GET", "/docs/asyncapi.json", [("If-None-Match", answer.values("etag")[0])], token="").status == 304


def test_the_page_runs_nothing_but_files_of_its_own(ask: Ask) -> None:
    page = ask("GET", "/docs/", token="")
    assert page.status == 200
    (policy,) = page.values("content-security-policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    html = page.body.decode()
    assert re.findall(r"<script(?! src=\"/docs/[a-z.-]+\">)", html) == []
    assert re.findall(r"https?://", html) == []
    for path in re.findall(r'(?:src|link rel="[a-z]+" href)="([^"]+)"', html):
        asset = ask("GET", path, token="")
        assert (asset.status, asset.values("x-content-type-options")) == (200, ["nosniff"]), path


@pytest.mark.parametrize("path", ["/docs/swagger-ui.css.map", "/docs/..%2fsettings.py", "/docs/nada.js"])
def test_no_other_file_is_served(ask: Ask, path: str) -> None:
    assert ask("GET", path, token="").status == 404


@pytest.mark.parametrize("path", ["/docs/", "/docs/openapi.json", "/docs/asyncapi.json", "/docs/swagger-ui.css"])
def test_they_are_only_read(ask: Ask, path: str) -> None:
    answer = ask("POST", path, token="")
    assert (answer.status, answer.codigo) == (405, "metodo_nao_permitido")
