"""Reading cookies no more generously than browsers do."""


def exactly_named(header: str) -> dict[str, str]:
    """Those of a request's `Cookie`, by their exact names; one that comes twice is none.

    Django's own reading takes blanks off a name that browsers take for part of it, such as U+00A0 or U+2000: so a neighbouring host
    could set what only this one may set under a name that begins with `__Host-`.
    """
    found: dict[str, str] = {}
    twice = set()
    for pair in header.split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        if name in found:
            twice.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice}
