"""What the gateway leaves in a browser: both tokens, out of the reach of scripts and of other hosts."""

from http.cookies import SimpleCookie

from gateway.accounts import Pair

# the browser itself sees to it that these are Secure, of this host alone and for every path of it
ACCESS, REFRESH = "__Host-acesso", "__Host-renovacao"


def of(pair: Pair) -> "SimpleCookie":
    return _jar({ACCESS: pair.access, REFRESH: pair.refresh})


def gone() -> "SimpleCookie":
    jar = _jar({ACCESS: "", REFRESH: ""})
    for morsel in jar.values():
        morsel["max-age"] = 0
    return jar


def lines(jar: "SimpleCookie") -> list[tuple[str, str]]:
    return [("Set-Cookie", morsel.OutputString()) for morsel in jar.values()]


def _jar(values: dict[str, str]) -> "SimpleCookie":
    """Without an age: they go when the browser is closed; auth decides when the session ends."""
    jar = SimpleCookie(values)
    for morsel in jar.values():
        morsel["path"], morsel["secure"], morsel["httponly"], morsel["samesite"] = "/", True, True, "Lax"
    return jar
