"""Where a request comes from."""

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

_AGENTE_MAX = 200


@dataclass(frozen=True)
class Origem:
    """`ip` is empty when the server knows no address (a UNIX socket)."""

    ip: str
    agente: str

    @property
    def rede(self) -> str:
        """The /24 (IPv6: /64) that stands for one household or office."""
        if not self.ip:
            return ""
        return str(ip_network(f"{self.ip}/{24 if ip_address(self.ip).version == 4 else 64}", strict=False))


def origem_de(request: HttpRequest) -> Origem:
    """The gateway writes X-Forwarded-For anew with exactly one address; from anybody else, or longer, it is not believed."""
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    forwarded = _address(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    agente = request.META.get("HTTP_USER_AGENT", "").encode("ascii", "replace").decode()[:_AGENTE_MAX]
    return Origem(forwarded if forwarded and (not peer or _trusted(peer)) else peer, agente)


def _address(text: str) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]


def _trusted(peer: str) -> bool:
    return any(ip_address(peer) in network for network in _proxies())


@cache
def _proxies() -> list[IPv4Network | IPv6Network]:
    return [ip_network(text) for text in settings.TRUSTED_PROXIES]
