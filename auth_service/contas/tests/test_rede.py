"""Whose word about the client's address counts."""

import pytest
from django.test import RequestFactory

from contas.rede import Origem, origem_de


@pytest.mark.parametrize(
    ("peer", "forwarded", "ip"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("10.1.2.3", "203.0.113.7", "203.0.113.7"),
        ("198.51.100.9", "203.0.113.7", "198.51.100.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7", "127.0.0.1"),
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("", "203.0.113.7", "203.0.113.7"),
        ("", "", ""),
    ],
)
def test_forwarded_for_is_believed_from_the_gateway_alone(peer, forwarded, ip):
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert origem_de(request).ip == ip


@pytest.mark.parametrize(("ip", "rede"), [("203.0.113.7", "203.0.113.0/24"), ("2001:db8::1:2:3:4", "2001:db8::/64"), ("", "")])
def test_network_of_an_address(ip, rede):
    assert Origem(ip, "").rede == rede


def test_agent_is_short_and_ascii():
    request = RequestFactory().get("/", HTTP_USER_AGENT="é" * 500)
    assert origem_de(request).agente == "?" * 200
