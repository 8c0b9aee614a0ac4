"""Whose request it is, by the network: the address of the socket, or the one that a proxy of ours names in X-Forwarded-For."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from gateway.problems import Scope

_HOPS = 20  # of X-Forwarded-For that are looked at, from the nearest


class Peers:
    """`proxies`: networks whose X-Forwarded-For is believed."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._proxies = proxies
        self._is_proxy = lru_cache(maxsize=4096)(self._is_in)

    def seen(self, scope: Scope) -> Scope:
        """`scope` with the client's own address. Of the forwarded ones that is the nearest which is no proxy of ours: before it stands
        what the client wrote.
        """
        if not self._proxies or not self._is_proxy(peer_of(scope)):
            return scope
        address = self._nearest_stranger(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        return {**scope, "client": (address, 0)} if address else scope

    def _nearest_stranger(self, values: Iterable[bytes]) -> str:
        found = ""
        for text in reversed(b",".join(values).decode("latin-1").split(",")[-_HOPS:]):
            address = plain(text.strip())
            if not address:
                break
            found = address
            if not self._is_proxy(address):
                break
        return found

    def _is_in(self, address: str) -> bool:
        known = plain(address)
        return bool(known) and any(ip_address(known) in network for network in self._proxies)


def peer_of(scope: Scope) -> str:
    """Empty when the server knows no address (a UNIX socket)."""
    client = scope.get("client")
    return client[0] if client else ""


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """An address in its one spelling; empty for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]


@lru_cache(maxsize=4096)
def household(address: str) -> str:
    """What counts as one client: an IPv4 address, of IPv6 the /64, within which a household may take any address it likes."""
    known = plain(address)
    return str(ip_network(f"{known}/64", strict=False)) if known and isinstance(ip_address(known), IPv6Address) else known
