"""Which fields pass in either direction, and whose word counts."""

import re
import time
from collections.abc import Callable

import pytest

from crm_shared.testing.forge import Forge
from gateway.tests.conftest import READ_TIMEOUT, Gateway
from gateway.tests.upstream_server import Exchange, Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

ALLOWED = [
    ("Content-Type", 'application/json; charset="utf-8"'),
    ("Accept", "application/json, */*;q=0.1"),
    ("Accept-Language", "pt-BR"),
    ("If-Match", '"v7"'),
    ("If-None-Match", '"v7", W/"v8"'),
    ("If-Range", '"v7"'),
    ("Range", "bytes=0-99"),
    ("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
]


@pytest.mark.parametrize(("name", "value"), ALLOWED)
def test_allowed_field_passes_unchanged(ask: Ask, upstream: Upstream, name: str, value: str) -> None:
    ask("GET", "/gateway/clientes", [(name, value)])
    assert upstream.requests[0].values(name.lower()) == [value]


def test_repeatable_fields_stay_apart(ask: Ask, upstream: Upstream) -> None:
    ask("GET", "/gateway/clientes", [("Accept", "text/csv"), ("Accept", "application/json")])
    assert upstream.requests[0].values("accept") == ["text/csv", "application/json"]


def test_utf8_in_a_field_passes(ask: Ask, upstream: Upstream) -> None:
    ask("GET", "/gateway/clientes", [("If-Match", "josé".encode().decode("latin-1"))])
    assert upstream.requests[0].values("if-match") == ["josé".encode().decode("latin-1")]


def test_other_bytes_in_a_field_are_refused(ask: Ask, upstream: Upstream) -> None:
    assert ask("GET", "/gateway/clientes", [("If-Match", "jos\xe9")]).codigo == "cabecalho_invalido"
    assert upstream.requests == []


def test_service_gets_these_fields_and_no_other(ask: Ask, upstream: Upstream) -> None:
    ask("POST", "/gateway/clientes", [*ALLOWED, ("X-Anything", "1"), ("Cookie", "a=b"), ("User-Agent", "curl")], b"{}")
    names = [name.lower() for name, _ in upstream.requests[0].headers]
    made = {"accept-encoding", "traceparent", "x-prazo", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"}
    assert set(names) == {name.lower() for name, _ in ALLOWED} | made | {"host", "authorization", "content-length"}
    assert len(names) == len(set(names))


IDENTITY = [
    "X-User-Id",
    "X-Usuario-Id",
    "X-User",
    "X-Org-Id",
    "X-Tenant",
    "X-Scopes",
    "X-Roles",
    "X-Internal",
    "X-Admin",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Forwarded",
    "X-Forwarded-User",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Ssl",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-Authenticated-User",
    "Remote-User",
    "Script-Name",
    "Path-Info",
    "Proxy-Authorization",
    "Proxy",
    "Via",
    "TE",
    "Keep-Alive",
    "Upgrade-Insecure-Requests",
    "Max-Forwards",
    "traceresponse",
    "X-Forwarded-Server",
    "X-Forwarded-By",
    "X-Forwarded-Scheme",
    "X-Forwarded-Path",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Access-Token",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-User",
    "X-Auth-Token",
    "X-Api-Key",
    "X-Amzn-Oidc-Data",
    "X-Amzn-Oidc-Identity",
    "X-Goog-Authenticated-User-Email",
    "X-MS-Client-Principal",
    "X-Remote-User",
    "X-Remote-Addr",
    "X-Originating-IP",
    "X-Host",
    "X-Original-Host",
    "X-Original-Method",
    "X-Override-URL",
    "X-Method-Override",
    "X-HTTP-Method",
    "X-Papel",
    "X-Equipe",
    "X-Escopos",
    "X-Servico",
    "X-Token",
    "Client-IP",
    "Fastly-Client-IP",
    "Surrogate-Capability",
    "X-Prazo",
]
SPELLINGS = [str, str.lower, str.upper, lambda name: name.replace("-", "_")]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=["as is", "lower", "upper", "underscores"])
def test_identity_fields_of_the_client_reach_nobody(ask: Ask, upstream: Upstream, spelling: Callable[[str], str]) -> None:
    for name in IDENTITY:
        ask("GET", "/gateway/clientes", [(spelling(name), "evil"), (spelling(name), "evil")])
    assert len(upstream.requests) == len(IDENTITY) > 60
    assert not [entry for seen in upstream.requests for entry in seen.headers if entry[1] == "evil"]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=["as is", "lower", "upper", "underscores"])
def test_forwarded_fields_come_from_the_socket(ask: Ask, upstream: Upstream, spelling: Callable[[str], str]) -> None:
    fields = [("X-Forwarded-For", "8.8.8.8"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example")]
    ask("GET", "/gateway/clientes", [(spelling(name), value) for name, value in fields], host="crm.example:8443")
    (seen,) = upstream.requests
    assert seen.values("x-forwarded-for") == ["127.0.0.1"]
    assert seen.values("x-forwarded-proto") == ["http"]
    assert seen.values("x-forwarded-host") == ["crm.example:8443"]
    assert seen.values("host") == [f"127.0.0.1:{upstream.port}"]


def test_services_are_told_how_long_somebody_waits(ask: Ask, upstream: Upstream) -> None:
    before = time.time()
    for target in ("/gateway/clientes", "/auth/eu", "/publico/clientes/x"):
        ask("GET", target, [("X-Prazo", "9999999999999")])
    for seen in upstream.requests:
        [prazo] = seen.values("x-prazo")
        assert int((before + READ_TIMEOUT) * 1000) <= int(prazo) <= int((time.time() + READ_TIMEOUT) * 1000)


# -- hop by hop --


def test_fields_named_in_connection_are_dropped(ask: Ask, upstream: Upstream) -> None:
    fields = [("Connection", "Accept-Language, x-request-id"), ("Connection", "RANGE"), ("Accept-Language", "en"), ("Range", "bytes=1-")]
    ask("GET", "/gateway/clientes", [*fields, ("X-Request-Id", "0190b6c8-0000-7000-8000-000000000001")])
    (seen,) = upstream.requests
    assert not seen.values("accept-language")
    assert not seen.values("range")
    assert seen.values("x-request-id") != ["0190b6c8-0000-7000-8000-000000000001"]
    assert not seen.values("connection")


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "Idempotency-Key", "If-Match", "Content-Type", "Content-Length", "Host"]
)
def test_connection_cannot_take_out_what_a_decision_rests_on(ask: Ask, upstream: Upstream, name: str) -> None:
    assert ask("POST", "/gateway/clientes", [("Connection", "keep-alive, " + name)], b"{}").codigo == "cabecalho_ambiguo"
    assert upstream.requests == []


def test_connection_cannot_take_out_what_the_gateway_adds(ask: Ask, upstream: Upstream) -> None:
    ask("GET", "/gateway/clientes", [("Connection", "x-forwarded-for, x-forwarded-host, x-forwarded-proto, traceparent, x-request-id")])
    (seen,) = upstream.requests
    for name in ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "traceparent", "x-request-id"):
        assert len(seen.values(name)) == 1


def test_hop_by_hop_fields_of_the_service_stop_here(wire: Wire, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(
            b"HTTP/1.1 200 OK\nContent-Length: 2\nConnection: X-Secret, keep-alive\nX-Secret: 1\nKeep-Alive: timeout=5\n"
            b"Proxy-Authenticate: Basic\nTrailer: X\nUpgrade: h2c\nTE: trailers\nProxy-Connection: close\nServer: evil/1.0\n"
            b"Set-Cookie: a=1; Path=/\nSet-Cookie: b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT\nLink: <a>\nLink: <b>\nX-Kept: yes",
            b"ok",
        )

    upstream.handlers["/clientes/x"] = handler
    answer = wire.ask("GET", "/gateway/clientes/x")
    names = {name for name, _ in answer.fields}
    gone = {"connection", "x-secret", "keep-alive", "proxy-authenticate", "trailer", "upgrade", "te", "proxy-connection"}
    assert not names & gone
    assert "evil/1.0" not in answer.values("server")
    assert answer.values("set-cookie") == ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]
    assert answer.values("link") == ["<a>", "<b>"]
    assert answer.values("x-kept") == ["yes"]


# -- one of a kind --


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Authorization", ("Bearer a", "Bearer b")),
        ("Idempotency-Key", ("a", "b")),
        ("If-Match", ('"v1"', '"v2"')),
    ],
)
def test_two_of_a_kind_are_refused(ask: Ask, upstream: Upstream, name: str, values: tuple[str, str]) -> None:
    assert ask("POST", "/gateway/clientes", [(name, value) for value in values]).codigo == "cabecalho_ambiguo"
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("name", "values"), [("Content-Type", ("text/plain", "application/json")), ("Host", ("crm.example", "crm.example"))]
)
def test_two_of_these_the_server_itself_refuses(wire: Wire, upstream: Upstream, name: str, values: tuple[str, str]) -> None:
    assert wire.ask("POST", "/gateway/clientes", [(name, value) for value in values]).status == 400
    assert upstream.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "crm.example.evil.example",
        "evilcrm.example",
        "crm.example@evil.example",
        "evil@crm.example",
        "127.0.0.1:80@evil",
        "127.0.0.1:x",
        "127.0.0.1:80:80",
        "127.0.0.1:65536",
        "127.0.0.1:" + "9" * 200,
        "crm.example:",
        "crm example",
        "crm.example, evil.example",
        "crm.example/evil",
        "crm.example?evil",
        "crm.example#evil",
        "http://crm.example",
        "crm.example\\evil",
        "crm.example;evil",
        ".crm.example",
        "crm..example",
        "[::1]",
        "[crm.example]",
        "127.0.0.1%00",
        "crm.example%2eevil",
        "localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "\xe7",
        "crm\xad.example",
        "xn--crm.example",
        "*",
        "a" * 300 + ".crm.example",
    ],
)
def test_foreign_host_is_refused(ask: Ask, upstream: Upstream, host: str) -> None:
    assert ask("GET", "/gateway/clientes", host=host).codigo == "host_invalido"
    assert upstream.requests == []


def test_missing_host_is_refused(wire: Wire, upstream: Upstream) -> None:
    wire.send(f"GET /gateway/clientes HTTP/1.1\r\nAuthorization: Bearer {wire.token}\r\n\r\n".encode())
    assert wire.answer().status == 400
    assert upstream.requests == []


@pytest.mark.parametrize("encoding", ["gzip", "identity", "br, gzip"])
def test_encoded_body_is_refused(ask: Ask, upstream: Upstream, encoding: str) -> None:
    answer = ask("POST", "/gateway/clientes", [("Content-Encoding", encoding)], b"\x1f\x8b")
    assert (answer.status, answer.codigo) == (415, "codificacao_nao_aceita")
    assert upstream.requests == []


# -- trace --


def test_trace_of_the_client_goes_on_and_comes_back(ask: Ask, upstream: Upstream) -> None:
    answer = ask("GET", "/gateway/clientes", [("traceparent", TRACEPARENT)])
    assert upstream.requests[0].values("traceparent") == [TRACEPARENT]
    assert answer.values("traceparent") == [TRACEPARENT]
    assert answer.values("x-rastro") == ["4bf92f3577b34da6a3ce929d0e0e4736"]


@pytest.mark.parametrize(
    "sent",
    [
        [],
        ["nonsense"],
        ["00-" + "0" * 32 + "-00f067aa0ba902b7-01"],
        [TRACEPARENT.upper()],
        [TRACEPARENT + "-extra"],
        [TRACEPARENT, TRACEPARENT],
    ],
)
def test_without_a_valid_trace_one_is_made(ask: Ask, upstream: Upstream, sent: list[str]) -> None:
    answer = ask("GET", "/gateway/clientes", [("traceparent", value) for value in sent])
    (made,) = upstream.requests[0].values("traceparent")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    assert made not in sent
    assert answer.values("traceparent") == [made]


def test_trace_of_the_service_does_not_come_twice(ask: Ask, upstream: Upstream) -> None:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\nContent-Length: 0\nX-Rastro: other\ntraceparent: other")

    upstream.handlers["/clientes/x"] = handler
    answer = ask("GET", "/gateway/clientes/x", [("traceparent", TRACEPARENT)])
    assert answer.values("x-rastro") == ["4bf92f3577b34da6a3ce929d0e0e4736"]
    assert answer.values("traceparent") == [TRACEPARENT]


def test_problem_quotes_the_trace(ask: Ask, upstream: Upstream) -> None:
    answer = ask("GET", "/gateway/nada", [("traceparent", TRACEPARENT)])
    assert answer.json()["rastro"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_request_id_is_the_clients_uuid_or_the_trace(ask: Ask, upstream: Upstream) -> None:
    mine = "0190b6c8-0000-7000-8000-000000000001"
    ask("GET", "/gateway/clientes", [("X-Request-Id", mine)])
    ask("GET", "/gateway/clientes", [("X-Request-Id", "'; DROP TABLE"), ("traceparent", TRACEPARENT)])
    assert [seen.values("x-request-id") for seen in upstream.requests] == [[mine], ["4bf92f35-77b3-4da6-a3ce-929d0e0e4736"]]


def test_public_scheme_is_a_setting(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, forge: Forge
) -> None:
    gateway = run_gateway(**services, GATEWAY_PUBLIC_SCHEME="https")
    with Wire(gateway.port, forge.token()) as wire:
        wire.ask("GET", "/gateway/clientes", [("X-Forwarded-Proto", "http")])
    assert upstream.requests[0].values("x-forwarded-proto") == ["https"]
