"""The process's own parts, made from the settings at first use."""

from functools import cache, partial

from django.conf import settings

from crm_shared.auth.keys import KeySet
from crm_shared.auth.revocation import Revocations
from crm_shared.auth.revocation_feed import Feed
from crm_shared.auth.tokens import TokenVerifier
from gateway.access import AccessLog
from gateway.accounts import Accounts
from gateway.api_keys import ApiKeys
from gateway.breaker import PATIENCE, Breaker
from gateway.browser.entry import Browsers
from gateway.catalogue import Catalogue
from gateway.composite import DEADLINE, Composite, Services
from gateway.entrance import Entrance
from gateway.fast_lane import FastLane
from gateway.forward import Forwarder
from gateway.limits import Counters, Limit
from gateway.metrics import BreakerMetrics
from gateway.peers import Peers
from gateway.rastros import Rastros
from gateway.search import Searcher
from gateway.upstream import UpstreamClient
from gateway.visao import Visao360


@cache
def keys() -> KeySet:
    return KeySet(settings.AUTH_JWKS_URL)


@cache
def revocations() -> Revocations:
    return Revocations(Feed(settings.BUS_URL))


@cache
def client() -> UpstreamClient:
    return UpstreamClient(connect_timeout=settings.CONNECT_TIMEOUT, read_timeout=settings.READ_TIMEOUT)


@cache
def verifier() -> TokenVerifier:
    return TokenVerifier(keys(), settings.AUTH_ISSUER, ["crm"], revocations=revocations(), people_only=True)


@cache
def accounts() -> Accounts:
    return Accounts(settings.UPSTREAMS["auth"], client())


@cache
def browsers() -> Browsers:
    return Browsers(verifier(), accounts())


@cache
def api_keys() -> ApiKeys:
    return ApiKeys(verifier(), accounts())


@cache
def entrance() -> Entrance:
    return Entrance(browsers(), api_keys(), verifier())


@cache
def forwarder() -> Forwarder:
    return Forwarder(settings.UPSTREAMS, verifier(), client(), breakers(), people())


@cache
def peers() -> Peers:
    return Peers(settings.TRUSTED_PROXIES)


@cache
def counters() -> Counters:
    return Counters(settings.BUS_URL)


@cache
def people() -> Limit:
    return Limit("pessoa", settings.LIMIT_PERSON, counters())


@cache
def addresses() -> Limit:
    return Limit("endereco", settings.LIMIT_ADDRESS, counters())


@cache
def fast_lane() -> FastLane:
    return FastLane(forwarder())


@cache
def composites() -> dict[bytes, Composite]:
    """By the segment after /gateway/, where a service's name stands otherwise."""
    services = Services(settings.UPSTREAMS, client(), breakers(), deadline=DEADLINE)
    kinds: dict[bytes, type[Composite]] = {b"busca": Searcher, b"composto": Visao360, b"rastros": Rastros}
    return {name: kind(services, forwarder()) for name, kind in kinds.items()}


@cache
def breakers() -> dict[str, Breaker]:
    lives = {name: partial(prober().is_ready, origin, "/saude/vivo", PATIENCE) for name, origin in settings.UPSTREAMS.items()}
    return {name: Breaker(name, settings.BREAKER_FAILURES, lives=lives[name]) for name in settings.UPSTREAMS}


@cache
def prober() -> UpstreamClient:
    """With connections of its own: those of clients may all be held by what a silent service was asked."""
    return UpstreamClient(connect_timeout=settings.CONNECT_TIMEOUT, read_timeout=PATIENCE)


@cache
def breaker_metrics() -> BreakerMetrics:
    return BreakerMetrics(breakers())


@cache
def access() -> AccessLog:
    return AccessLog(settings.SERVICE)


@cache
def catalogue(language: str) -> Catalogue:
    return Catalogue(settings.UPSTREAMS, client(), language)
