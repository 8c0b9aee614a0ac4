"""Whose request it is: the socket's word, or a proxy's of ours."""

from ipaddress import ip_network
from typing import Any

import pytest

from gateway.peers import Peers, household, peer_of

OURS = [ip_network(text) for text in ("10.0.0.0/8", "192.168.1.7", "fd00::/8")]


def seen(peer: str, *forwarded: str, proxies: Any = OURS) -> str:
    headers = [(b"x-forwarded-for", text.encode("latin-1")) for text in forwarded]
    return peer_of(Peers(proxies).seen({"client": (peer, 1234), "headers": headers}))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", ["8.8.8.8"], "203.0.113.5"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["8.8.8.8"], "8.8.8.8"),
        ("::ffff:10.1.1.1", ["8.8.8.8"], "8.8.8.8"),
        ("192.168.1.7", ["2001:DB8::0:1"], "2001:db8::1"),
        ("192.168.1.8", ["8.8.8.8"], "192.168.1.8"),
        ("10.1.1.1", ["1.1.1.1, 8.8.8.8"], "8.8.8.8"),
        ("10.1.1.1", ["1.1.1.1", "8.8.8.8"], "8.8.8.8"),
        ("10.1.1.1", ["8.8.8.8, 10.9.9.9,10.8.8.8 ,fd00::5"], "8.8.8.8"),
        ("10.1.1.1", ["10.9.9.9"], "10.9.9.9"),
        ("10.1.1.1", ["unknown"], "10.1.1.1"),
        ("10.1.1.1", ["8.8.8.8, nonsense"], "10.1.1.1"),
        ("10.1.1.1", ["8.8.8.8, nonsense, 10.2.2.2"], "10.2.2.2"),
        ("10.1.1.1", ["8.8.8.8:1234"], "10.1.1.1"),
        ("10.1.1.1", [""], "10.1.1.1"),
        ("10.1.1.1", ["\xe9, ,"], "10.1.1.1"),
        ("10.1.1.1", ["8.8.8.8," + "10.1.1.1," * 5000 + "10.2.2.2"], "10.1.1.1"),
        ("", ["8.8.8.8"], ""),
        ("not an address", ["8.8.8.8"], "not an address"),
    ],
)
def test_the_nearest_stranger_is_the_client(peer: str, forwarded: list[str], client: str) -> None:
    assert seen(peer, *forwarded) == client


def test_without_proxies_of_ours_nobody_is_believed() -> None:
    assert seen("127.0.0.1", "8.8.8.8", proxies=()) == "127.0.0.1"


def test_a_server_that_knows_no_address_says_nothing() -> None:
    assert peer_of({"client": None, "headers": []}) == ""


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("x", ""),
    ],
)
def test_a_household_counts_together(address: str, counted: str) -> None:
    assert household(address) == counted
