"""What is no request reaches no service: one refusal or a closed connection, and nothing behind it is read as another request."""

import http.client
import socket
from contextlib import suppress

import pytest

from gateway.tests import invalid_requests
from gateway.tests.conftest import Gateway
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Wire

REFUSED = {400, 408, 413, 414, 431, 501, 505}
CLOSED = 0


def outcome(gateway: Gateway, token: str, raw: bytes, *, cut: bool = False) -> int:
    """The status of the one answer, or CLOSED. Fails when the gateway waits for more, or answers twice."""
    with Wire(gateway.port, timeout=5) as wire:
        try:
            wire.send(raw.replace(invalid_requests.TOKEN, token.encode()))
            if cut:
                wire.sock.shutdown(socket.SHUT_WR)
            answer = wire.answer("POST")
        except (http.client.RemoteDisconnected, ConnectionError):
            return CLOSED
        with suppress(OSError):
            if not answer.will_close:  # what was wrong was no matter of where it ends
                wire.sock.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            assert wire.rest() == b"", "one answer"
        return answer.status


@pytest.mark.parametrize("name", invalid_requests.HEADS)
def test_a_head_that_is_none_reaches_nobody(gateway: Gateway, token: str, upstream: Upstream, name: str) -> None:
    assert outcome(gateway, token, invalid_requests.HEADS[name]) in REFUSED | {CLOSED}
    assert upstream.requests == []


@pytest.mark.parametrize("name", invalid_requests.BODIES)
def test_a_body_that_is_none_never_looks_whole(gateway: Gateway, token: str, upstream: Upstream, name: str) -> None:
    assert outcome(gateway, token, invalid_requests.BODIES[name]) in REFUSED | {CLOSED}
    assert [seen for seen in upstream.requests if seen.whole or b"canary" in seen.target] == []


@pytest.mark.parametrize("name", invalid_requests.CUT)
def test_what_is_cut_off_never_looks_whole(gateway: Gateway, token: str, upstream: Upstream, name: str) -> None:
    assert outcome(gateway, token, invalid_requests.CUT[name], cut=True) in REFUSED | {CLOSED}
    assert [seen for seen in upstream.requests if seen.whole] == []


def test_the_corpus_is_large_and_the_gateway_is_still_there(gateway: Gateway, token: str, upstream: Upstream) -> None:
    assert len(set(invalid_requests.HEADS.values())) > 150
    assert len(set(invalid_requests.BODIES.values())) > 30
    with Wire(gateway.port, token) as wire:
        assert wire.ask("GET", "/gateway/clientes").status == 200
