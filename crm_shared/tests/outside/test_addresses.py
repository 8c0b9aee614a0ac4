"""Where a stranger may make us call, in all the spellings that there are for somewhere else."""

import time

import pytest

from crm_shared.outside import Rules, TargetRefused, addresses, checked_url
from crm_shared.outside.addresses import addresses_of, is_public, refuse_known_private

RULES = Rules()


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://example.com", "https://example.com", "/"),
        ("https://Example.COM./a/b?c=d", "https://example.com", "/a/b?c=d"),
        ("https://example.com:8443/x", "https://example.com:8443", "/x"),
        ("https://93.184.215.14/", "https://93.184.215.14", "/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]", "/"),
        ("https://xn--padaria-sol.example.com/?", "https://xn--padaria-sol.example.com", "/"),
    ],
)
def test_public_addresses_are_taken(url, origin, path):
    target = checked_url(url, RULES)
    assert (target.origin, target.path) == (origin, path)


@pytest.mark.parametrize(
    ("url", "codigo"),
    [
        ("", "url_invalida"),
        ("example.com", "url_invalida"),
        ("//example.com/", "url_invalida"),
        ("file:///etc/passwd", "url_invalida"),
        ("gopher://example.com/", "url_invalida"),
        ("javascript:alert(1)", "url_invalida"),
        ("https://", "url_invalida"),
        ("https:///caminho", "url_invalida"),
        ("https://example.com/ x", "url_invalida"),
        ("https://example.com/\r\nHost: x", "url_invalida"),
        ("https://example.com\\@127.0.0.1/", "url_invalida"),
        ("https://exámple.com/", "url_invalida"),
        ("https://example.com/#a", "url_invalida"),
        ("https://example.com:99999/", "url_invalida"),
        ("https://example.com:x/", "url_invalida"),
        ("https://[::1/", "url_invalida"),
        ("https://[fe80::1%25eth0]/", "url_invalida"),
        ("https://-a.example.com/", "url_invalida"),
        ("https://a..example.com/", "url_invalida"),
        ("https://2130706433/", "url_invalida"),
        ("https://0x7f000001/", "url_invalida"),
        ("https://0x7f.1/", "url_invalida"),
        ("https://017700000001/", "url_invalida"),
        ("https://127.1/", "url_invalida"),
        ("https://0177.0.0.1/", "url_invalida"),
        ("https://1.2.3.4.5/", "url_invalida"),
        ("https://example.com/" + "a" * 2000, "url_longa"),
        ("http://example.com/", "https_obrigatorio"),
        ("https://user@example.com/", "url_com_credencial"),
        ("https://user:pw@example.com/", "url_com_credencial"),
        ("https://example.com:22/", "porta_recusada"),
        ("https://example.com:80/", "porta_recusada"),
        ("https://example.com:0/", "porta_recusada"),
        ("https://localhost/", "destino_privado"),
        ("https://localhost./", "destino_privado"),
        ("https://a.localhost/", "destino_privado"),
        ("https://banco/", "destino_privado"),
        ("https://postgres.internal/", "destino_privado"),
        ("https://impressora.local/", "destino_privado"),
        ("https://127.0.0.1/", "destino_privado"),
        ("https://[::]/", "destino_privado"),
        ("https://[::ffff:8.8.8.8]/", "destino_privado"),
    ],
)
def test_others_are_refused(url, codigo):
    with pytest.raises(TargetRefused) as refused:
        checked_url(url, RULES)
    assert refused.value.codigo == codigo


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
        *("192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
        *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *(
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::",
            "100::1",
            "3fff::1",
        ),
    ],
)
def test_addresses_that_are_not_the_internets(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address):
    assert is_public(address)


def test_one_bad_address_of_a_name_refuses_all(monkeypatch):
    monkeypatch.setattr(addresses, "lookup", lambda host, port: ["93.184.215.14", "fe80::1%2"])
    target = checked_url("https://example.com/", RULES)
    with pytest.raises(TargetRefused):
        addresses_of(target, RULES)
    with pytest.raises(TargetRefused):
        refuse_known_private(target, RULES)


def test_a_name_that_leads_nowhere_yet_is_judged_when_it_is_called(monkeypatch):
    def nowhere(host, port):
        raise OSError("no such name")

    monkeypatch.setattr(addresses, "lookup", nowhere)
    refuse_known_private(checked_url("https://example.com/", RULES), RULES)


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(1) or [])
    with pytest.raises(TimeoutError):
        addresses.lookup("example.com", 443, seconds=0.05)
