"""One POST to a checked target: no redirect, no proxy, no cookie, no compression, bounded in time and in bytes.

The name is resolved once, and what was checked is what is connected to: a name that changes its mind in between (DNS
rebinding) gains nothing. The standard library's client is used below its connection, because that is ours.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .addresses import Rules, Target, addresses_of

SECONDS = 5.0  # for all of it, from the first lookup to the last byte
MAX_BYTES = 64 * 1024  # of the answer, headers included
_FEWEST = 0.05  # seconds that the last step gets at least
_ATTEMPTS = 3  # addresses of one name


class Unreachable(Exception):
    """No answer: `codigo` says what failed (nome, conexao, tls, tempo, resposta)."""

    def __init__(self, codigo: str, message: str) -> None:
        super().__init__(message)
        self.codigo = codigo


@dataclass(frozen=True)
class Answer:
    """`content` is the beginning of the body, what MAX_BYTES allowed of it; `headers` in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def post(target: Target, body: bytes, headers: Mapping[str, str], rules: Rules, *, seconds: float = SECONDS) -> Answer:
    """Raises TargetRefused where we do not call, Unreachable where nothing answers in time."""
    deadline = time.monotonic() + seconds
    try:
        addresses = addresses_of(target, rules)
    except OSError as error:
        raise Unreachable("nome", f"name not resolved: {error}") from error
    connection = _connected(target, addresses, deadline)
    try:
        with connection:
            return _exchanged(connection, target, body, headers, deadline)
    except TimeoutError as error:
        raise Unreachable("tempo", "no answer in time") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("resposta", f"{type(error).__name__}") from error


def _connected(target: Target, addresses: list[str], deadline: float) -> socket.socket:
    """To the first address that takes us, with the handshake where there is one: the name is checked against the certificate."""
    problem: Unreachable = Unreachable("nome", "the name has no address")
    for address in addresses[:_ATTEMPTS]:
        plain: socket.socket | None = None
        try:
            plain = socket.create_connection((address, target.port), timeout=_left(deadline))
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.scheme == "http":
                return plain
            plain.settimeout(_left(deadline))
            return tls().wrap_socket(plain, server_hostname=target.host)
        except OSError as error:
            problem = _why(error)
            if plain is not None:
                plain.close()
    raise problem


def _why(error: OSError) -> Unreachable:
    if isinstance(error, TimeoutError):
        return Unreachable("tempo", "no connection in time")
    if isinstance(error, ssl.SSLError):
        return Unreachable("tls", f"handshake refused: {error.reason or type(error).__name__}")
    return Unreachable("conexao", f"no connection: {type(error).__name__}")


@cache
def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _exchanged(connection: socket.socket, target: Target, body: bytes, headers: Mapping[str, str], deadline: float) -> Answer:
    connection.settimeout(_left(deadline))
    connection.sendall(_request(target, body, headers))
    incoming = _Bounded(connection, deadline)
    response = http.client.HTTPResponse(incoming, method="POST")  # type: ignore[arg-type]  # asks it for makefile alone
    response.begin()
    incoming.in_body = True
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, _body(response))


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    host = target.origin.partition("://")[2]
    fixed = {"Host": host, "Content-Length": str(len(body)), "Connection": "close", "Accept-Encoding": "identity"}
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**fixed, **headers}.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _body(response: http.client.HTTPResponse) -> bytes:
    """As much as the bounds allow. The status is known: an answer cut short, or one that drips, is answered all the same."""
    content = bytearray()
    try:
        while chunk := response.read(8192):
            content += chunk
    except http.client.IncompleteRead as error:
        content += error.partial
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return bytes(content[:MAX_BYTES])


class _Bounded(io.RawIOBase):
    """The connection's incoming side, which ends after MAX_BYTES, and in time also when each byte is on its own."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection, self.deadline, self.left = connection, deadline, MAX_BYTES
        self.in_body = False

    def makefile(self, *_mode: Any) -> io.BufferedReader:
        return io.BufferedReader(self, 8192)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if time.monotonic() > self.deadline:
            raise TimeoutError
        if not self.left and not self.in_body:
            raise ValueError("endless headers")  # their end would be taken for that of the answer
        self.connection.settimeout(_left(self.deadline))
        count = self.connection.recv_into(buffer, min(len(buffer), self.left)) if self.left else 0
        self.left -= count
        return count


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), _FEWEST)
