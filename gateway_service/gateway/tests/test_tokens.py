"""Who gets through."""

from collections.abc import Callable

import pytest

from crm_shared.testing.bad_tokens import BAD_TOKENS, EXPIRED, TOO_LONG_FOR_A_HEADER
from crm_shared.testing.forge import Forge
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]


def test_token_reaches_the_service_as_sent(ask: Ask, upstream: Upstream, token: str) -> None:
    assert ask("GET", "/gateway/clientes").status == 200
    assert upstream.requests[0].values("authorization") == [f"Bearer {token}"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_scheme_is_case_insensitive(ask: Ask, upstream: Upstream, token: str, scheme: str) -> None:
    assert ask("GET", "/gateway/clientes", [("Authorization", f"{scheme} {token}")], token="").status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", [name for name in BAD_TOKENS if name not in TOO_LONG_FOR_A_HEADER])
def test_bad_token_gets_401_and_no_further(ask: Ask, upstream: Upstream, forge: Forge, name: str, method: str) -> None:
    bad = BAD_TOKENS[name](forge, forge.claims())
    answer = ask(method, "/gateway/clientes", [("Authorization", f"Bearer {bad}")], b"{}" if method == "POST" else None, token="")
    expected = "token_expirado" if name in EXPIRED else "token_ausente" if bad == "" else "token_invalido"
    assert (answer.status, answer.codigo) == (401, expected)
    assert answer.values("www-authenticate")[0].startswith("Bearer")
    assert upstream.requests == []


@pytest.mark.parametrize("name", sorted(TOO_LONG_FOR_A_HEADER))
def test_token_too_long_for_a_header_gets_no_further(wire: Wire, upstream: Upstream, forge: Forge, name: str) -> None:
    answer = wire.ask("GET", "/gateway/clientes", token=BAD_TOKENS[name](forge, forge.claims()))
    assert answer.status in (400, 401, 431)
    assert upstream.requests == []


@pytest.mark.parametrize("value", [None, "", "Bearer", "Basic YTpi", "Token {}", "{}", "Bearer{}"])
def test_without_a_bearer_token(ask: Ask, upstream: Upstream, token: str, value: str | None) -> None:
    fields = [] if value is None else [("Authorization", value.format(token))]
    answer = ask("GET", "/gateway/clientes", fields, token="")
    assert (answer.status, answer.codigo) == (401, "token_ausente")
    assert answer.values("www-authenticate") == ["Bearer"]
    assert upstream.requests == []


@pytest.mark.parametrize("name", ["Cookie", "X-Authorization", "X-Access-Token", "Proxy-Authorization"])
def test_token_counts_only_in_its_header(ask: Ask, upstream: Upstream, token: str, name: str) -> None:
    assert ask("GET", f"/gateway/clientes?access_token={token}", [(name, f"Bearer {token}")], token="").status == 401
    assert upstream.requests == []


def test_token_of_a_service_is_refused(ask: Ask, upstream: Upstream, forge: Forge) -> None:
    for claims in (forge.service_claims("automacao", "clientes"), forge.service_claims("automacao", "crm")):
        assert ask("GET", "/gateway/clientes", token=forge.sign(claims)).codigo == "token_invalido"
    for audience in ("auth", "crm"):
        token = forge.sign(forge.service_claims("automacao", audience))
        assert ask("POST", "/auth/chaves-api", body=b"{}", token=token).codigo == "token_invalido"
    assert upstream.requests == []


def test_auth_decides_by_itself(ask: Ask, upstream: Upstream) -> None:
    assert ask("POST", "/auth/login", body=b"{}", token="").status == 200
    assert ask("GET", "/auth/eu", token="anything").status == 200
    assert [seen.values("authorization") for seen in upstream.requests] == [[], ["Bearer anything"]]


def test_public_routes_take_no_token_and_pass_none(ask: Ask, upstream: Upstream) -> None:
    assert ask("POST", "/publico/comunicacao/whatsapp", body=b"{}").status == 200
    assert upstream.requests[0].values("authorization") == []


@pytest.mark.short_way
def test_connection_goes_on_after_a_refusal(wire: Wire, upstream: Upstream) -> None:
    """The body of the refused request arrives after the answer was decided, as HTTP libraries send it."""
    for _ in range(3):
        wire.send(wire.head("POST", "/gateway/clientes", [("Content-Length", "3")], token="bad"))
        assert wire.answer().status == 401
        wire.send(b"abc")
        assert wire.ask("GET", "/gateway/clientes").status == 200


def test_good_token_goes_on_while_auth_is_down(
    run_gateway: Callable[..., Gateway], services: dict[str, str], upstream: Upstream, forge: Forge
) -> None:
    auth = Upstream(jwks=forge.jwks).start()
    gateway = run_gateway(**services | {"AUTH_JWKS_URL": auth.url + "/auth/.well-known/jwks.json"})
    auth.stop()
    with Wire(gateway.port, forge.token()) as wire:
        assert wire.ask("GET", "/gateway/clientes").status == 200
        assert wire.ask("GET", "/gateway/clientes", token=Forge().token()).status == 401


def test_without_keys_nobody_is_told_apart(
    run_gateway: Callable[..., Gateway], services: dict[str, str], nobody: str, upstream: Upstream, forge: Forge
) -> None:
    gateway = run_gateway("/saude/vivo", **services | {"AUTH_JWKS_URL": nobody + "/auth/.well-known/jwks.json"})
    with Wire(gateway.port, forge.token()) as wire:
        answer = wire.ask("GET", "/gateway/clientes")
        assert (answer.status, answer.codigo) == (503, "chaves_indisponiveis")
        assert int(answer.values("retry-after")[0]) > 0
        assert wire.ask("GET", "/saude/pronto").codigo == "nao_pronto"
        assert wire.ask("POST", "/auth/login", body=b"{}").status == 200
    assert [seen.target for seen in upstream.requests] == [b"/auth/login"]


def test_keys_that_come_late_are_found(run_gateway: Callable[..., Gateway], services: dict[str, str], forge: Forge) -> None:
    auth = Upstream(jwks={"keys": []}).start()
    gateway = run_gateway("/saude/vivo", **services | {"AUTH_JWKS_URL": auth.url + "/auth/.well-known/jwks.json"})
    with Wire(gateway.port, forge.token()) as wire:
        assert wire.ask("GET", "/gateway/clientes").status == 503
        auth.jwks = forge.jwks
        auth.event("never").wait(1.2)
        assert wire.ask("GET", "/gateway/clientes").status == 200
    auth.stop()


def test_new_key_is_found_at_its_first_token(run_gateway: Callable[..., Gateway], services: dict[str, str], forge: Forge) -> None:
    auth, newer = Upstream(jwks=forge.jwks).start(), Forge()
    gateway = run_gateway(**services | {"AUTH_JWKS_URL": auth.url + "/auth/.well-known/jwks.json"})
    auth.jwks = {"keys": [forge.jwk, newer.jwk]}
    with Wire(gateway.port) as wire:
        assert wire.ask("GET", "/gateway/clientes", token=newer.token()).status == 200
    auth.stop()
