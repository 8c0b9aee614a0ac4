"""What a service does before it says that it is ready."""

import threading

import pytest
from rest_framework.test import APIClient

from crm_shared.auth import authentication
from crm_shared.auth.keys import KeySet
from crm_shared.auth.tokens import TokenVerifier
from crm_shared.testing.forge import ISSUER

pytestmark = pytest.mark.django_db


def test_the_keys_are_fetched_before_anybody_shows_a_token(forge, monkeypatch):
    """auth may be down when the first token comes."""
    fetched = threading.Event()
    keys = KeySet("http://auth", fetch=lambda _url: fetched.set() or forge.jwks)
    monkeypatch.setattr(authentication, "verifier", lambda: TokenVerifier(keys, ISSUER, ["crm"]))
    assert APIClient().get("/saude/pronto").status_code == 200
    assert fetched.wait(10)
