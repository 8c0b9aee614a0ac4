"""What a verifier accepts, what it refuses and what it remembers."""

import time
from dataclasses import FrozenInstanceError
from uuid import UUID, uuid4

import pytest

from crm_shared.auth.keys import KeySet
from crm_shared.auth.scopes import ENROLLING
from crm_shared.auth.short import short_id, short_scopes
from crm_shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from crm_shared.testing.bad_tokens import BAD_TOKENS, EXPIRED
from crm_shared.testing.forge import ISSUER, TEAM, USER, Forge


@pytest.fixture(scope="module")
def forge() -> Forge:
    return Forge()


@pytest.fixture
def verifier(forge: Forge) -> TokenVerifier:
    return TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm", "clientes"])


def test_good_token_gives_its_claims(forge: Forge, verifier: TokenVerifier) -> None:
    claims = verifier.verify(forge.token(scope="clientes:ler vendas:ler", nome="Ana", vis={"*": "proprio", "vendas": "equipe"}))

    assert (claims.sub, claims.nome, claims.obo, claims.aud) == (USER, "Ana", None, ("crm",))
    assert claims.scopes == {"clientes:ler", "vendas:ler"}
    assert claims.vis == {"*": "proprio", "vendas": "equipe"}
    assert claims.equipes == (TEAM,)
    assert claims.raw["iss"] == ISSUER
    with pytest.raises(FrozenInstanceError):
        claims.sub = "svc:auth"  # type: ignore[misc]


def test_short_spellings_say_the_same(forge: Forge, verifier: TokenVerifier) -> None:
    scopes = {"clientes:ler", "clientes:criar", "leads:ler", ENROLLING}
    assert short_scopes(scopes) == "clientes:criar,ler leads:ler segundo_fator:ativar"
    teams = [str(uuid4()) for _ in range(50)]
    claims = verifier.verify(forge.token(scope=short_scopes(scopes), equipes=[short_id(UUID(team)) for team in teams]))
    assert claims.scopes == scopes
    assert claims.equipes == (*teams,)


@pytest.mark.parametrize("equipe", ["A" * 21, "A" * 21 + "B", "A" * 23, "A" * 21 + "=", "", None, 1, ["A" * 22]])
def test_other_spellings_of_a_team_are_refused(forge: Forge, verifier: TokenVerifier, equipe: object) -> None:
    """Two ways to write one id in base64 would be two teams to who compares them as texts."""
    with pytest.raises(InvalidToken):
        verifier.verify(forge.token(equipes=[equipe]))


def test_service_token_carries_whom_it_acts_for(forge: Forge, verifier: TokenVerifier) -> None:
    claims = verifier.verify(forge.sign(forge.service_claims("automacao", "clientes", obo=USER)))

    assert claims.is_service
    assert claims.obo == USER


@pytest.mark.parametrize("aud", ["crm", "clientes", ["vendas", "crm"]])
def test_any_of_the_audiences_is_enough(forge: Forge, verifier: TokenVerifier, aud: object) -> None:
    assert verifier.verify(forge.token(aud=aud))


def test_leeway_is_five_seconds(forge: Forge, verifier: TokenVerifier) -> None:
    now = int(time.time())
    assert verifier.verify(forge.token(exp=now - 3))
    assert verifier.verify(forge.token(nbf=now + 3, iat=now + 3))


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_bad_token_is_refused(forge: Forge, verifier: TokenVerifier, name: str) -> None:
    token = BAD_TOKENS[name](forge, forge.claims())

    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(token)
    assert refusal.value.codigo == ("token_expirado" if name in EXPIRED else "token_invalido")


def test_the_corpus_is_wide(forge: Forge) -> None:
    claims = forge.claims()
    assert len({make(forge, claims) for make in BAD_TOKENS.values()}) >= 300


def test_token_for_another_service_is_refused(forge: Forge, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(forge.sign(forge.service_claims("automacao", "vendas")))


def test_people_only_refuses_services(forge: Forge) -> None:
    gateway = TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm"], people_only=True)

    assert gateway.verify(forge.token())
    with pytest.raises(InvalidToken):
        gateway.verify(forge.token(sub="svc:automacao"))


@pytest.mark.parametrize("token", [None, b"abc", 3])
def test_what_is_not_text_is_refused(verifier: TokenVerifier, token: object) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(token)  # type: ignore[arg-type]


# -- the cache of verified tokens --


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class CountingKeys(KeySet):
    """Counts look-ups: a look-up means a signature was checked."""

    def __init__(self, forge: Forge) -> None:
        super().__init__("", fetch=lambda _url: forge.jwks, background=False)
        self.looked_up = 0

    def get(self, kid: str) -> object:  # type: ignore[override]
        self.looked_up += 1
        return super().get(kid)


@pytest.fixture
def keys(forge: Forge) -> CountingKeys:
    keys = CountingKeys(forge)
    keys.refresh()
    return keys


def test_second_verification_is_remembered(forge: Forge, keys: CountingKeys, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"], now=clock)
    token = forge.token()

    assert verifier.verify(token) is verifier.verify(token)
    assert keys.looked_up == 1


def test_expiry_is_checked_on_a_remembered_token(forge: Forge, keys: CountingKeys, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"], now=clock)
    token = forge.token(exp=int(clock.now) + 10)
    verifier.verify(token)

    clock.now += 16
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(token)
    assert refusal.value.codigo == "token_expirado"


@pytest.mark.parametrize("step", [61, -1])
def test_memory_lasts_a_minute_and_ends_when_the_clock_goes_back(forge: Forge, keys: CountingKeys, clock: Clock, step: int) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"], now=clock)
    token = forge.token()
    verifier.verify(token)

    clock.now += step
    verifier.verify(token)
    assert keys.looked_up == 2


def test_memory_is_bounded_and_drops_the_least_used(forge: Forge, keys: CountingKeys, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"], now=clock, cache_size=2)
    first, second, third = (forge.token(jti=str(n)) for n in range(3))
    for token in (first, second, first, third):  # second is the least recently used
        verifier.verify(token)
    keys.looked_up = 0

    verifier.verify(first)
    assert keys.looked_up == 0
    verifier.verify(second)
    assert keys.looked_up == 1


def test_refusals_are_not_remembered(forge: Forge, keys: CountingKeys, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"], now=clock)
    token = forge.token(nbf=int(clock.now) + 20)
    with pytest.raises(InvalidToken):
        verifier.verify(token)

    clock.now += 20
    assert verifier.verify(token)


def test_without_keys_nobody_is_told_apart(forge: Forge) -> None:
    def unreachable(_url: str) -> object:
        raise ConnectionRefusedError

    verifier = TokenVerifier(KeySet("http://auth", fetch=unreachable, background=False), ISSUER, ["crm"])
    with pytest.raises(KeysUnavailable):
        verifier.verify(forge.token())
