"""The key set: what it loads, when it asks auth again, what it does while auth is down."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crm_shared.auth.keys import KeySet, KeysUnavailable, UnknownKey, fetch_jwks, public_keys
from crm_shared.auth.tokens import InvalidToken, TokenVerifier
from crm_shared.testing.forge import ISSUER, Forge


class Auth:
    """Stands in for auth: `answer` is a JWKS or an exception; counts its calls."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls, self.delay = answer, 0, 0.0

    def __call__(self, _url: str) -> Any:
        self.calls += 1
        time.sleep(self.delay)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def forge() -> Forge:
    return Forge()


@pytest.fixture
def auth(forge: Forge) -> Auth:
    return Auth(forge.jwks)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(auth: Auth, clock: Clock) -> KeySet:
    return KeySet("http://auth", fetch=auth, background=False, clock=clock)


def test_first_use_loads(keys: KeySet, forge: Forge, auth: Auth) -> None:
    with pytest.raises(KeysUnavailable):
        keys.get(forge.kid)
    keys.refresh()
    assert keys.get(forge.kid) == forge.private.public_key()
    assert auth.calls == 1


def test_new_key_is_found_by_its_kid(keys: KeySet, forge: Forge, auth: Auth, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"])
    verifier.verify(forge.token())
    newer = Forge()
    auth.answer = {"keys": [forge.jwk, newer.jwk]}
    clock.now += 31

    assert verifier.verify(newer.token())
    assert verifier.verify(forge.token())


def test_a_hundred_unknown_kids_cost_one_fetch_in_thirty_seconds(keys: KeySet, forge: Forge, auth: Auth, clock: Clock) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"])
    verifier.verify(forge.token())
    clock.now += 31
    for _ in range(100):
        with pytest.raises(InvalidToken):
            verifier.verify(Forge().token())
    assert auth.calls == 2


def test_last_good_set_is_kept_for_a_day(keys: KeySet, forge: Forge, auth: Auth, clock: Clock) -> None:
    keys.refresh()
    auth.answer = ConnectionRefusedError()
    clock.now += 86_000
    keys.refresh()
    assert keys.get(forge.kid)

    clock.now += 1_000
    with pytest.raises(KeysUnavailable):
        keys.get(forge.kid)


@pytest.mark.parametrize("nonsense", [None, [], {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "EC"}]}, ValueError("not JSON")])
def test_nonsense_does_not_replace_a_good_set(keys: KeySet, forge: Forge, auth: Auth, clock: Clock, nonsense: Any) -> None:
    keys.refresh()
    auth.answer = nonsense
    clock.now += 31
    keys.refresh()
    assert keys.get(forge.kid)


def test_withdrawn_key_goes_with_the_next_load(keys: KeySet, forge: Forge, auth: Auth, clock: Clock) -> None:
    keys.refresh()
    auth.answer = Forge().jwks
    clock.now += 31
    keys.refresh()
    with pytest.raises(UnknownKey):
        keys.get(forge.kid)


def test_only_public_p256_signing_keys_are_taken(forge: Forge) -> None:
    others = [
        {**forge.jwk, "kid": "enc", "use": "enc"},
        {**forge.jwk, "kid": "alg", "alg": "ES384"},
        {**forge.jwk, "kid": "crv", "crv": "secp256k1"},
        {**forge.jwk, "kid": "private", "d": "AAAA"},
        {**forge.jwk, "kid": 1},
        {"kty": "oct", "kid": "oct", "k": "AAAA"},
        "text",
    ]
    assert set(public_keys({"keys": [*others, forge.jwk]})) == {forge.kid}


def test_point_off_the_curve_is_refused(forge: Forge) -> None:
    with pytest.raises(ValueError, match=r"curve|point|valid"):
        public_keys({"keys": [{**forge.jwk, "y": forge.jwk["x"]}]})


def test_background_thread_loads_and_reloads(forge: Forge, auth: Auth) -> None:
    keys = KeySet("http://auth", fetch=auth, refresh_every=0.02)
    keys.start()
    deadline = time.monotonic() + 5
    while auth.calls < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert auth.calls >= 3
    assert keys.get(forge.kid)
    assert sum(thread.name == "jwks" for thread in threading.enumerate()) >= 1
    keys._refresh_every = 3600  # let the daemon thread sleep for the rest of the run


def test_many_first_requests_wait_for_one_load(keys: KeySet, forge: Forge, auth: Auth) -> None:
    auth.delay = 0.1
    verifier = TokenVerifier(keys, ISSUER, ["crm"])
    token, outcomes = forge.token(), []
    threads = [threading.Thread(target=lambda: outcomes.append(verifier.verify(token).sub)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    assert auth.calls == 1


def test_event_loop_goes_on_while_keys_load(keys: KeySet, forge: Forge, auth: Auth) -> None:
    auth.delay = 0.2
    verifier = TokenVerifier(keys, ISSUER, ["crm"])
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    async def verify() -> list[Any]:
        ticker = asyncio.create_task(tick())
        claims = await asyncio.gather(*(verifier.averify(forge.token()) for _ in range(3)))
        ticker.cancel()
        return claims

    assert len(asyncio.run(verify())) == 3
    assert ticks >= 5
    assert auth.calls == 1


def test_unknown_kid_in_an_event_loop_is_refused(keys: KeySet) -> None:
    verifier = TokenVerifier(keys, ISSUER, ["crm"])
    for _ in range(2):
        with pytest.raises(InvalidToken):
            asyncio.run(verifier.averify(Forge().token()))


# -- the real fetch --


@pytest.fixture
def server(forge: Forge) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response({"/jwks": 200, "/elsewhere": 302, "/broken": 500, "/text": 200}[self.path])
            self.send_header("Location", "/jwks")
            self.end_headers()
            self.wfile.write(b"x" if self.path == "/text" else json.dumps(forge.jwks).encode())

        def log_message(self, *_args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def test_fetch_reads_the_document(server: str, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # a proxy of the environment must not see it
    assert fetch_jwks(server + "/jwks") == forge.jwks


@pytest.mark.parametrize("path", ["/elsewhere", "/broken", "/text"])
def test_fetch_refuses_redirects_errors_and_other_content(server: str, path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        fetch_jwks(server + path)
