"""Which addresses a stranger may make us call: public ones, by HTTPS, at the usual ports.

What is public is written out here: Python's own `is_global` has changed between releases, and takes multicast for public.
"""

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

MAX_LENGTH = 2000
RESOLVE_SECONDS = 2.0

_NOT_PUBLIC = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and where clouds keep their metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
_GLOBAL_6 = IPv6Network("2000::/3")  # loopback, unique local, link-local, multicast, mapped and compatible lie outside
_NOT_PUBLIC_6 = [
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo and other special purposes
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address, any
        "3fff::/20",
    )
]
_NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it: what counts is the address within
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class TargetRefused(Exception):
    """We do not call there. `codigo` is stable, the message is for people."""

    def __init__(self, codigo: str, message: str) -> None:
        super().__init__(message)
        self.codigo = codigo


@dataclass(frozen=True)
class Rules:
    """`allow_private` is for development and tests only: plain HTTP, any port, any address."""

    ports: frozenset[int] = frozenset({443, 8443})
    allow_private: bool = False


@dataclass(frozen=True)
class Target:
    """An address as text, read: `host` is what goes into the handshake and the Host header, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may stand in logs and events, for path and query may hold a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme] == self.port
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


def is_public(text: str) -> bool:
    """Whether an address, as a resolver gives it, is one of the Internet. ValueError if it is none."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    if address in _NAT64:
        return is_public(str(IPv4Address(int(address) & 0xFFFFFFFF)))
    return address in _GLOBAL_6 and not any(address in network for network in _NOT_PUBLIC_6)


def checked_url(text: str, rules: Rules) -> Target:
    """`text` read strictly. Raises TargetRefused; looks up no name."""
    target = _read(text, rules)
    literal = _literal(target.host)
    if rules.allow_private:
        return target
    if literal is None and ("." not in target.host or target.host.endswith(_LOCAL_NAMES)):
        raise TargetRefused("destino_privado", "Este endereço é de uma rede interna.")
    if literal is not None and not is_public(str(literal)):
        raise TargetRefused("destino_privado", "Este endereço não é público.")
    return target


def addresses_of(target: Target, rules: Rules) -> list[str]:
    """The addresses to connect to, every one of them checked: one bad refuses all. Raises TargetRefused, or OSError without an answer."""
    found = list(dict.fromkeys(lookup(target.host, target.port)))
    if not rules.allow_private and not all(map(is_public, found)):
        raise TargetRefused("destino_privado", "O nome leva a um endereço que não é público.")
    return found


def refuse_known_private(target: Target, rules: Rules) -> None:
    """At saving: raises TargetRefused for a name that leads inside now. One that leads nowhere yet is judged when it is called."""
    try:
        addresses_of(target, rules)
    except OSError:
        return


def lookup(host: str, port: int, seconds: float = RESOLVE_SECONDS) -> list[str]:
    """Its addresses, in the resolver's order. Raises OSError; in a thread, because the resolver keeps to no timeout of ours."""
    answer: list[list[str] | OSError] = []

    def resolve() -> None:
        try:
            answer.append([str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            answer.append(OSError(str(error)))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise TimeoutError("the name was not resolved in time")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


def _read(text: str, rules: Rules) -> Target:
    if len(text) > MAX_LENGTH:
        raise TargetRefused("url_longa", f"Use até {MAX_LENGTH} caracteres.")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise TargetRefused("url_invalida", "Use só caracteres ASCII, sem espaços; nomes com acento, na forma xn--.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise TargetRefused("url_invalida", "O endereço não tem a forma https://servidor/caminho.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise TargetRefused("url_invalida", "O endereço não tem a forma https://servidor/caminho.")
    if parts.scheme == "http" and not rules.allow_private:
        raise TargetRefused("https_obrigatorio", "Use https.")
    if "@" in parts.netloc:
        raise TargetRefused("url_com_credencial", "O endereço não pode trazer usuário e senha.")
    if parts.fragment or text.endswith("#"):
        raise TargetRefused("url_invalida", "O endereço não pode ter fragmento (#).")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port not in rules.ports and not (rules.allow_private and port):
        raise TargetRefused("porta_recusada", f"Use uma destas portas: {', '.join(map(str, sorted(rules.ports)))}.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(host), port, path)


def _host(host: str) -> str:
    """Lower case, without the root's dot. A name whose last part is a number would be an address in some resolver's eyes."""
    host = host.lower().removesuffix(".")
    if _literal(host) is not None and "%" not in host:  # a zone is a network card of ours
        return host
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise TargetRefused("url_invalida", "O nome do servidor não é válido.")
    return host


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
