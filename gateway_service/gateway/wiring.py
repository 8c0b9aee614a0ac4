"""The process's own parts, made from the settings at first use."""

from functools import cache

from django.conf import settings

from crm_shared.auth.keys import KeySet
from crm_shared.auth.tokens import TokenVerifier
from gateway.forward import Forwarder
from gateway.upstream import UpstreamClient


@cache
def keys() -> KeySet:
    return KeySet(settings.AUTH_JWKS_URL)


@cache
def client() -> UpstreamClient:
    return UpstreamClient(connect_timeout=settings.CONNECT_TIMEOUT, read_timeout=settings.READ_TIMEOUT)


@cache
def forwarder() -> Forwarder:
    verifier = TokenVerifier(keys(), settings.AUTH_ISSUER, ["crm"], people_only=True)
    return Forwarder(settings.UPSTREAMS, verifier, client(), client_timeout=settings.CLIENT_TIMEOUT)
