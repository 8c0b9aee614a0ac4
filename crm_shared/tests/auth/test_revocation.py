"""Tokens that auth revoked: what is refused, how soon it is heard, and what happens while nothing is heard."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from crm_shared import sentinel
from crm_shared.auth.keys import KeySet
from crm_shared.auth.revocation import KEEP, STALE_AFTER, Revocation, Revocations, RevocationsUnknown
from crm_shared.auth.revocation_feed import ALIVE, Feed
from crm_shared.auth.tokens import InvalidToken, TokenVerifier
from crm_shared.testing.forge import ISSUER, USER, Forge
from crm_shared.testing.revocations import telling

SID = "018f0000-0000-7000-8000-000000000051"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def forge() -> Forge:
    return Forge()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Clock) -> Revocations:
    found = Revocations(clock=clock)
    found.complete()
    found.heard()
    return found


@pytest.fixture
def verifier(forge: Forge, known: Revocations) -> TokenVerifier:
    return TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm", "tarefas"], revocations=known)


def refused(verifier: TokenVerifier, token: str) -> bool:
    try:
        verifier.verify(token)
    except InvalidToken as refusal:
        return refusal.codigo == "token_revogado"
    return False


def test_the_tokens_of_an_ended_session_are_refused_also_remembered_ones(forge, verifier, known):
    token, other = forge.token(sid=SID), forge.token()
    assert not refused(verifier, token)
    known.learn([Revocation(f"sid:{SID}")])
    assert refused(verifier, token)
    assert not refused(verifier, other)


def test_of_a_person_the_tokens_up_to_an_instant(forge, verifier, known):
    now = int(time.time())
    known.learn([Revocation(f"sub:{USER}", now)])
    assert refused(verifier, forge.token(iat=now))
    assert refused(verifier, forge.token(iat=now - 200))
    assert not refused(verifier, forge.token(iat=now + 1, nbf=now + 1))
    assert not refused(verifier, forge.token(sub=str(uuid4()), iat=now))


def test_a_service_that_acts_for_the_person_too(forge, verifier, known):
    now = int(time.time())
    token = forge.sign(forge.service_claims("automacao", "tarefas", obo=USER))
    assert not refused(verifier, token)
    known.learn([Revocation(f"sub:{USER}", now + 1)])
    assert refused(verifier, token)


def test_of_two_instants_the_later_counts_and_an_end_stays(known, forge, verifier):
    now = int(time.time())
    known.learn([Revocation(f"sub:{USER}", now), Revocation(f"sub:{USER}", now - 100)])
    assert refused(verifier, forge.token(iat=now))
    known.learn([Revocation(f"sub:{USER}"), Revocation(f"sub:{USER}", now - 100)])
    assert refused(verifier, forge.token(iat=now + 3, nbf=now + 3))


def test_what_no_token_outlives_is_forgotten(known, clock):
    known.learn([Revocation(f"sid:{SID}")])
    clock.now += KEEP + 1
    known.learn([])
    assert known._known == {}


def test_without_a_sign_of_life_it_grows_stale_and_one_makes_it_fresh(known, clock):
    clock.now += STALE_AFTER
    assert known.fresh
    clock.now += 0.1
    assert not known.fresh
    known.heard(STALE_AFTER - 1)
    assert known.fresh


@pytest.mark.parametrize(
    "fields", [ALIVE, {"alvo": "kid:x"}, {"alvo": ""}, {}, {"alvo": "sid:x", "antes": "-1"}, {"alvo": "sub:x", "antes": "ontem"}]
)
def test_what_is_no_revocation_is_passed_over(fields):
    assert Revocation.read({name.encode(): value.encode() for name, value in fields.items()}) is None


def test_an_entry_is_read_as_it_was_written():
    for item in (Revocation(f"sid:{SID}"), Revocation(f"sub:{USER}", 7)):
        assert Revocation.read({name.encode(): value.encode() for name, value in item.fields().items()}) == item


# --- over the real bus


@pytest.fixture
def stream() -> Iterator[str]:
    name = f"teste:{uuid4().hex}"
    yield name
    bus = sentinel.client(os.environ["BUS_URL"])
    bus.delete(name)
    bus.close()


@pytest.fixture
def follow(stream: str) -> Callable[..., Revocations]:
    """A process that begins: `follow()` has a reader of its own."""

    def begin(**options: Any) -> Revocations:
        found = Revocations(Feed(os.environ["BUS_URL"], stream, **options))
        found.start()
        return found

    return begin


def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


def test_every_process_hears_within_two_seconds(stream, follow, forge):
    with telling(os.environ["BUS_URL"], stream) as tell:
        followers = [follow() for _ in range(4)]
        assert all(follower.wait() for follower in followers)
        verifiers = [TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm"], revocations=follower) for follower in followers]
        token = forge.token(sid=SID)
        assert not any(refused(verifier, token) for verifier in verifiers)
        tell(f"sid:{SID}")
        until(lambda: all(refused(verifier, token) for verifier in verifiers), 2)


def test_a_process_that_begins_knows_what_was_revoked_before(stream, follow, forge):
    with telling(os.environ["BUS_URL"], stream) as tell:
        tell(f"sid:{SID}")
        for _ in range(10):
            verifier = TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm"], revocations=follow())
            assert refused(verifier, forge.token(sid=SID)), "the very first token"


def test_before_it_has_heard_anything_a_process_lets_nobody_in(stream, follow, forge, monkeypatch):
    monkeypatch.setattr("crm_shared.auth.revocation.FIRST_WAIT", 0.2)
    follower = follow()
    verifier = TokenVerifier(KeySet.of(forge.jwks), ISSUER, ["crm"], revocations=follower)
    with pytest.raises(RevocationsUnknown):
        verifier.verify(forge.token())
    assert not verifier.knows_revocations
    with telling(os.environ["BUS_URL"], stream):
        until(lambda: verifier.knows_revocations)
        assert verifier.verify(forge.token())


def test_old_signs_of_life_do_not_make_it_fresh(stream, follow):
    bus = sentinel.client(os.environ["BUS_URL"])
    seconds, _ = bus.time()
    bus.xadd(stream, ALIVE, id=f"{(seconds - 60) * 1000}-0")
    follower = follow()
    assert follower.wait()
    assert not follower.fresh
    bus.xadd(stream, ALIVE)
    bus.close()
    until(lambda: follower.fresh)


def test_a_bus_that_is_out_makes_nobody_forget(forge, known, verifier):
    known.learn([Revocation(f"sid:{SID}")])
    reader = threading.Thread(target=Feed("redis://127.0.0.1:9/0"), args=(known,), daemon=True)
    reader.start()
    time.sleep(0.1)
    assert reader.is_alive()
    assert refused(verifier, forge.token(sid=SID))


def test_auth_knows_its_own_without_the_bus(follow):
    follower = follow(known_here=lambda: [Revocation(f"sid:{SID}")])
    assert follower.wait()
    assert f"sid:{SID}" in follower._known
