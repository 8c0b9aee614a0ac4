"""Tokens made with auth's own key, so that each is wrong in one respect only, at the gateway and past it at every service."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from conftest import SENHA, Client, Elenco, Pessoa
from crm_client import TIMEOUT, Crm
from stack_access import SERVICES, on_its_machine, own_url, reload, signing_keys

from crm_shared.auth.short import spelled_out
from crm_shared.testing.bad_tokens import BAD_TOKENS, EXPIRED, TOO_LONG_FOR_A_HEADER
from crm_shared.testing.forge import Forge

pytestmark = on_its_machine

Doors = Callable[..., dict[str, requests.Response]]

IDENTITY = (
    *("X-User", "X-User-Id", "X-Usuario-Id", "X-Forwarded-User", "X-Remote-User", "Remote-User"),
    *("X-Auth-Request-User", "X-Authenticated-Userid", "X-Consumer-Id", "X-Principal"),
)
RIGHTS = ("X-Scope", "X-Scopes", "X-Roles", "X-Papel", "X-Vis", "X-Equipes")


@pytest.fixture(scope="module")
def keys() -> Forge:
    return signing_keys()


@pytest.fixture(scope="module")
def reader(admin: Crm) -> dict[str, Any]:
    """What auth says of the administrator, who may only read here: a token of these is good until something is changed."""
    payload = admin.token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    readable = " ".join(scope for scope in spelled_out(claims["scope"]) if scope.endswith(":ler"))
    return {**{name: claims[name] for name in ("sub", "sid", "vis", "equipes")}, "scope": readable}


@pytest.fixture(scope="module")
def doors(url: str) -> Doors:
    """`doors(token)` asks for a list at the gateway and, past it, at every service."""
    lists = {"gateway": f"{url}/gateway/clientes", **{name: f"{own_url(name)}/{name}" for name in SERVICES}}
    lists["auth"] += "/usuarios"

    def ask(token: str | None = None, **headers: str) -> dict[str, requests.Response]:
        headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
        return {where: requests.get(address, headers=headers, timeout=60) for where, address in lists.items()}

    return ask


def statuses(answers: dict[str, requests.Response]) -> dict[str, int]:
    return {where: answer.status_code for where, answer in answers.items()}


def everywhere(status: int) -> dict[str, int]:
    return dict.fromkeys(("gateway", *SERVICES), status)


def test_good_token_is_accepted(doors: Doors, keys: Forge, reader: dict[str, Any]) -> None:
    """Without this, the refusals below would prove nothing."""
    assert statuses(doors(keys.token(**reader))) == everywhere(200)


# One of each kind, since what is proven here is that each door has the verifier, with the right keys and names: that it refuses them
# all is proven for the library, and for the gateway and every service by the contract of each.
KINDS = (
    *("alg_none", "alg_none_with_good_signature", "hs256_with_public_pem", "es256_of_attacker_under_good_kid", "header_jwk", "header_jku"),
    *("kid_unknown", "kid_path", "typ_missing", "typ_refresh", "without_exp", "without_sid", "expired", "nbf_in_the_future", "iss_other"),
    *("aud_other", "aud_star", "sub_not_an_id", "scope_list", "vis_unknown_level", "obo_in_a_persons_token", "repeated_sub"),
    *("claims_repeated_key", "bit_of_part_1_at_8_of_16", "bit_of_part_2_at_8_of_16", "signature_empty", "signature_absent"),
    *("two_tokens", "not_a_token", "empty"),
)


@pytest.mark.parametrize("name", KINDS)
def test_bad_token_is_refused(doors: Doors, keys: Forge, reader: dict[str, Any], name: str) -> None:
    answers = doors(BAD_TOKENS[name](keys, keys.claims(**reader)))
    assert statuses(answers) == everywhere(401)
    for where, answer in answers.items():
        assert answer.headers["content-type"] == "application/problem+json", where
        assert answer.headers["www-authenticate"].startswith("Bearer"), where
        problem = answer.json()
        assert problem["status"] == 401
        assert problem["codigo"] in ({"token_expirado"} if name in EXPIRED else {"token_invalido", "token_ausente"}), where


@pytest.mark.parametrize("name", sorted(TOO_LONG_FOR_A_HEADER))
def test_token_too_long_for_a_header_is_refused(doors: Doors, keys: Forge, reader: dict[str, Any], name: str) -> None:
    assert set(statuses(doors(BAD_TOKENS[name](keys, keys.claims(**reader)))).values()) <= {400, 401, 431}


def test_without_a_token_nobody_gets_in(doors: Doors) -> None:
    assert statuses(doors()) == everywhere(401)


def test_token_for_one_service_opens_no_other(doors: Doors, keys: Forge, reader: dict[str, Any]) -> None:
    assert statuses(doors(keys.token(**reader | {"aud": "vendas"}))) == everywhere(401) | {"vendas": 200}


@pytest.mark.parametrize("audience", ["clientes", "crm"])
def test_token_of_a_service_stays_behind_the_gateway(doors: Doors, keys: Forge, reader: dict[str, Any], audience: str) -> None:
    claims = keys.service_claims("automacao", audience, scope="clientes:ler", obo=reader["sub"])
    answered = statuses(doors(keys.sign(claims)))
    assert (answered["gateway"], answered["clientes"]) == (401, 200)


def test_identity_headers_let_nobody_in(doors: Doors, reader: dict[str, Any]) -> None:
    claimed = {**dict.fromkeys(IDENTITY, reader["sub"]), **dict.fromkeys(RIGHTS, reader["scope"])}
    assert statuses(doors(**claimed)) == everywhere(401)


def test_identity_headers_add_no_rights(doors: Doors, keys: Forge, reader: dict[str, Any]) -> None:
    claimed = {**dict.fromkeys(IDENTITY, reader["sub"]), **dict.fromkeys(RIGHTS, reader["scope"])}
    answers = doors(keys.token(**reader | {"scope": "tarefas:ler"}), **claimed)
    assert statuses(answers) == everywhere(403) | {"tarefas": 200}


# -- revocation --


def _logout(url: str, tokens: dict[str, Any], pessoa: Pessoa, admin: Client) -> None:
    assert requests.post(f"{url}/auth/logout", json={"refresh": tokens["refresh"]}, timeout=TIMEOUT).status_code == 204


def _deactivation(url: str, tokens: dict[str, Any], pessoa: Pessoa, admin: Client) -> None:
    assert admin.post(f"/auth/usuarios/{pessoa.id}/desativar").status_code == 200


def _another_role(url: str, tokens: dict[str, Any], pessoa: Pessoa, admin: Client) -> None:
    papel = next(papel["id"] for papel in admin.rows("/auth/papeis") if papel["nome"] == "vendedor")
    assert admin.patch(f"/auth/usuarios/{pessoa.id}", {"papel_id": papel}).status_code == 200


def _stolen_refresh(url: str, tokens: dict[str, Any], pessoa: Pessoa, admin: Client) -> None:
    """Used by somebody after its owner has gone on with its successor."""
    refresh = tokens["refresh"]
    for _ in range(2):
        answer = requests.post(f"{url}/auth/refresh", json={"refresh": refresh}, timeout=TIMEOUT)
        refresh = answer.json()["refresh"]
    assert requests.post(f"{url}/auth/refresh", json={"refresh": tokens["refresh"]}, timeout=TIMEOUT).status_code == 401


def test_revoked_tokens_open_no_door_and_a_process_that_begins_knows_them(
    doors: Doors, url: str, admin: Client, elenco: Elenco, nova_pessoa: Callable[..., Pessoa], eventually: Callable[..., Any]
) -> None:
    gone = {}
    for revoke in (_logout, _deactivation, _another_role, _stolen_refresh):
        pessoa = nova_pessoa("Rui", "leitura", elenco.ana.equipe_id)
        tokens = requests.post(f"{url}/auth/login", json={"email": pessoa.email, "senha": SENHA}, timeout=TIMEOUT).json()
        assert statuses(doors(tokens["access"])) == everywhere(200), revoke
        revoke(url, tokens, pessoa, admin)
        answers = eventually(lambda access=tokens["access"]: doors(access), lambda found: statuses(found) == everywhere(401))
        assert {answer.json()["codigo"] for answer in answers.values()} == {"token_revogado"}, revoke
        gone[revoke] = tokens["access"]
    reload("empresas")
    for revoke, access in gone.items():
        assert doors(access)["empresas"].status_code in (401, 503), revoke
