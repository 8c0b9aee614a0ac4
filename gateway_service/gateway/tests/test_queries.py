"""Query strings reach the service byte for byte, or not at all."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.problems import Refusal
from gateway.routes import resolve
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer, Wire

Ask = Callable[..., Answer]
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "#")
ESCAPES = st.sampled_from(
    ["%00", "%2F", "%2f", "%25", "%", "%zz", "%FF", "%ED%A0%80", "+", "%20", "&", "&&", "=", ";", "a=1", "a=2", "%0d%0a"]
)
GOOD = st.lists(st.one_of(ESCAPES, st.text(VISIBLE, max_size=20)), max_size=40).map("".join)
ANY = st.one_of(GOOD.map(str.encode), st.binary(max_size=80), st.text(max_size=40).map(str.encode))


@settings(max_examples=1000, deadline=None)
@given(ANY)
def test_the_query_that_passes_is_the_one_that_came(query: bytes) -> None:
    if not query.isascii() or any(byte <= 0x20 or byte in b"#\x7f" for byte in query):
        with pytest.raises(Refusal, match="endereco_invalido"):
            resolve(b"/gateway/clientes", query, ("clientes",))
    else:
        assert resolve(b"/gateway/clientes", query, ("clientes",)).target.encode() == b"/clientes" + (b"?" + query if query else b"")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=GOOD)
def test_the_service_sees_the_same_bytes(wire: Wire, upstream: Upstream, query: str) -> None:
    assert wire.ask("GET", f"/gateway/clientes?{query}").json()["target"] == "/clientes" + ("?" + query if query else "")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.binary(min_size=1, max_size=60))
def test_any_bytes_pass_as_they_are_or_are_refused(ask: Ask, upstream: Upstream, query: bytes) -> None:
    """A line's end or a space among them makes it another request, which is none."""
    upstream.requests.clear()
    answer = ask("GET", b"/gateway/clientes?" + query)
    if answer.status == 200:
        assert [seen.target for seen in upstream.requests] == [b"/clientes?" + query]
    else:
        assert (answer.status, upstream.requests) == (400, [])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("pagina=1&pagina=2&pagina=1", 200),
        ("a=1;b=2;a=3", 200),
        ("a=b+c%20d%2Be", 200),
        ("a=%FF%FE&b=%C3%28", 200),
        ("&".join(f"p{number}=" for number in range(500)), 200),
        ("&".join(f"p{number}=1" for number in range(2000)), 414),
        ("x=" + "y" * 16_384, 414),
    ],
)
def test_many_long_and_odd_ones(ask: Ask, upstream: Upstream, query: str, status: int) -> None:
    answer = ask("GET", "/gateway/clientes?" + query)
    assert answer.status == status
    assert [seen.target.decode() for seen in upstream.requests] == (["/clientes?" + query] if status == 200 else [])
