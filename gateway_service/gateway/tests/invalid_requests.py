"""Requests that no reader may take for one, from the grammar of RFC 9110 and 9112 and from how proxies have been fooled. Ours throughout.

HEADS: nothing of them may reach a service. BODIES: the head is good, so a service may be asked; it must never get a whole request.
"""

# to an address that asks for no token
CANARY = b"GET /publico/clientes/canary HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HOST = b"Host: 127.0.0.1"
LINE = b"GET /gateway/clientes HTTP/1.1"
POST = b"POST /gateway/clientes HTTP/1.1"
TOKEN = b"%TOKEN%"
_BEARER = b"Authorization: Bearer " + TOKEN


def _head(line: bytes, *fields: bytes, host: bytes = HOST) -> bytes:
    return b"\r\n".join([line, *([host] if host else []), _BEARER, *fields, b"", b""])


def _with(*fields: bytes) -> bytes:
    """A request with these fields and a body that some of them would see."""
    return _head(POST, *fields) + b"0\r\n\r\n" + CANARY


def _chunked(body: bytes) -> bytes:
    return _head(POST, b"Transfer-Encoding: chunked") + body + CANARY


_VERSIONS = (
    b"HTTP/1.0 HTTP/0.9 HTTP/2.0 HTTP/3.0 HTTP/1.2 HTTP/1 HTTP/1. HTTP/.1 HTTP/11 HTTP/1.10 HTTP/01.1 HTTP/1.01 HTTP/-1.1 HTTP/1,1".split()
)
_VERSIONS += b"http/1.1 Http/1.1 HTTPS/1.1 ICY/1.1 HTTP\\1.1 HTTP/1.1; HTTP/1.1, HTTP/x.y HTTP/1.1HTTP/1.1 1.1 /1.1".split()
_LINES = [
    b" " + LINE,
    b"\t" + LINE,
    b"\0" + LINE,
    b"\x0b" + LINE,
    b"\xef\xbb\xbf" + LINE,
    LINE + b" ",
    LINE + b" x",
    LINE + b"\t",
    LINE + b"\r",
    b"GET  /gateway/clientes HTTP/1.1",
    b"GET /gateway/clientes  HTTP/1.1",
    b"GET\t/gateway/clientes HTTP/1.1",
    b"GET /gateway/clientes\tHTTP/1.1",
    b"GET\x0b/gateway/clientes HTTP/1.1",
    b"GET\xa0/gateway/clientes HTTP/1.1",
    b"GET /gateway/clientes",
    b"GET HTTP/1.1",
    b"GET",
    b"/gateway/clientes HTTP/1.1",
    b"GET /gateway/clientes x HTTP/1.1",
    b"GET /gateway/clientes\0 HTTP/1.1",
    b"GET /gateway/clientes\r HTTP/1.1",
    b"GET /gateway/\x7fclientes HTTP/1.1",
    b"GET /gateway/clientes/\xe9 HTTP/1.1",
    b"GET /gateway/clientes?\xff HTTP/1.1",
    b"GET /gateway/clientes?" + b"x" * 9000 + b" HTTP/1.1",
    b"PRI * HTTP/2.0\r\n\r\nSM",
    *(b"G" + bytes([sign]) + b"T /gateway/clientes HTTP/1.1" for sign in b'()<>@,;:\\"/[]?={}\x01\x7f\x80\xff'),
    b"" + b"A" * 3000 + b" /gateway/clientes HTTP/1.1",
]
_FIELDS = [
    b"X",
    b":",
    b": 1",
    b" X: 1",
    b"\tX: 1",
    b"X : 1",
    b"X\t: 1",
    b"X Y: 1",
    b"X\x0b: 1",
    b"X\0: 1",
    b"X: a\0b",
    b"X: a\rb",
    b"X: a\nTransfer-Encoding: chunked",
    b"X: a\r\r\nY: b",
    b"X: a\r\n b",
    b"X: a\r\n\tb",
    b"X:\r\n a",
    b"\r: 1",
    b"X\xe9: 1",
    b"\xef\xbb\xbfX: 1",
    *(b"X" + bytes([sign]) + b"Y: 1" for sign in b'(),/;<=>?@[\\]{}"'),
    b"X: " + b"a" * 20_000,
    b"X" * 20_000 + b": 1",
    b"\r\n".join(b"X-%d: 1" % number for number in range(200)),
]
_HOSTS = [b"", HOST + b"\r\n" + HOST, b"Host:", b"Host: ", b"Host: a b", b"Host: 127.0.0.1, evil.example", b"Host : 127.0.0.1"]
_HOSTS += [
    b"Host: evil.example",
    b"Host: 127.0.0.1\r\nHost: evil.example",
    b"Host: 127.0.0.1/..",
    b"Host: x@127.0.0.1",
    b"Host: 127.0.0.1:99999999",
]
_HOSTS += [b"Host: 127.0.0.1\0", b"Host: \xe9", b"Host: [::1", b"Ho st: 127.0.0.1"]
_LENGTHS = b"+5 -5 -0 0x5 5,5 5,6 5; 5.0 1e1 5_0 0b1 NaN '5'".split(b" ")
_LENGTHS += b'"5" \xd9\xa5 \xef\xbc\x95 5\x0b \x0b5 5\x00'.split(b" ")
_LENGTHS += [b"", b"5 5", b"5, 5", b"5\t5", b"5\x0c", b"5\r\nContent-Length: 6", b"5\r\nContent-Length: 5", b"0\r\ncontent-length: 5"]
_CODINGS = (
    b"xchunked chunkedx chunked;q=1 chunked; chunked,, ,chunked chunked,chunked identity gzip deflate chunked,gzip chunked,identity".split()
)
_CODINGS += [
    b"",
    b"\x0bchunked",
    b"chunked\x0b",
    b"chunked\0",
    b'"chunked"',
    b"'chunked'",
    b"chu nked",
    b"chunked chunked",
    b"x, x",
    b"trailers",
]
_CODINGS += [b"chunked\r\nTransfer-Encoding: chunked", b"chunked\r\nTransfer-Encoding: identity", b"gzip\r\nTransfer-Encoding: chunked"]
_CODINGS += [
    b"chunked\r\nContent-Length: 5",
    b"identity\r\nContent-Length: 5",
    b"\r\n chunked",
    b"\xef\xbd\x83hunked",
    b"chunked\x00\r\nContent-Length: 5",
]
_OTHER_PROTOCOLS = [
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    b"PROXY TCP4 8.8.8.8 127.0.0.1 1234 3000\r\n" + LINE + b"\r\nHost: 127.0.0.1\r\n\r\n",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x08\x08\x08\x08\x7f\x00\x00\x01\x04\xd2\x0b\xb8" + LINE + b"\r\nHost: 127.0.0.1\r\n\r\n",
    b"*1\r\n$4\r\nPING\r\n\r\n",
    b"EHLO evil.example\r\n\r\n",
    b"\x05\x01\x00\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    b'{"jsonrpc": "2.0"}\r\n\r\n',
    b"<policy-file-request/>\0\r\n\r\n",
]

HEADS: dict[str, bytes] = {
    **{f"version {text!r}": _head(b"GET /gateway/clientes " + text) for text in _VERSIONS},
    **{f"line {number}": _head(line) for number, line in enumerate(_LINES)},
    **{f"field {text[:20]!r}": _head(LINE, text) for text in _FIELDS},
    **{f"host {text!r}": _head(LINE, host=text) for text in _HOSTS},
    **{f"length {text!r}": _with(b"Content-Length: " + text) for text in _LENGTHS},
    **{f"coding {text!r}": _with(b"Transfer-Encoding: " + text) for text in _CODINGS},
    **{f"protocol {text[:12]!r}": text for text in _OTHER_PROTOCOLS},
    "coding in HTTP/1.0": _head(b"POST /gateway/clientes HTTP/1.0", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + CANARY,
    "lines end in LF": _head(LINE).replace(b"\r\n", b"\n"),
    "head ends in LF LF": _head(LINE).replace(b"\r\n\r\n", b"\n\n"),
}

_SIZES = b"g -1 +5 0x5 5_0 5x -0 5, 5.0 \xef\xbc\x95 \x00 5\x00 '5'".split(b" ")
_SIZES += [
    b"",
    b" 5",
    b"5 ",
    b"\t5",
    b"5\t",
    b"5\x0b",
    b"5 5",
    b"5;\0",
    b"5;a=\rb",
    b"5;a\nb",
]
BODIES: dict[str, bytes] = {
    **{f"size {text[:12]!r}": _chunked(text + b"\r\nhello\r\n0\r\n\r\n") for text in _SIZES},
    "size ends in LF": _chunked(b"5\nhello\r\n0\r\n\r\n"),
    "size ends in CR": _chunked(b"5\rhello\r\n0\r\n\r\n"),
    "no end of data": _chunked(b"5\r\nhello0\r\n\r\n"),
    "LF ends the data": _chunked(b"5\r\nhello\n0\r\n\r\n"),
    "data too long": _chunked(b"5\r\nhello!\r\n0\r\n\r\n"),
    "data too short": _chunked(b"6\r\nhello\r\n0\r\n\r\n"),
    "two bytes between": _chunked(b"5\r\nhelloXX0\r\n\r\n"),
    "trailer frames": _chunked(b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
    "trailer codes": _chunked(b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "trailers without end": _chunked(b"5\r\nhello\r\n0\r\n" + b"X: a\r\n" * 20_000),
}

# Cut off where the sender stops: what is there must not be taken for a request.
CUT: dict[str, bytes] = {
    "length of 20 digits": _with(b"Content-Length: 18446744073709551616"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "lines that end in CR": _head(LINE).replace(b"\r\n", b"\r"),
    "size of 16 digits": _chunked(b"f" * 16 + b"\r\nhello\r\n0\r\n\r\n"),
    "size of 17 digits": _chunked(b"f" * 16 + b"0\r\nhello\r\n0\r\n\r\n"),
    "line": LINE[:-3],
    "fields": _head(LINE)[:-2],
    "field": _head(LINE, b"X: 1")[:-5],
    "length": _head(POST, b"Content-Length: 5") + b"hel",
    "no body": _head(POST, b"Content-Length: 5"),
    "size": _head(POST, b"Transfer-Encoding: chunked") + b"5",
    "data": _head(POST, b"Transfer-Encoding: chunked") + b"5\r\nhel",
    "last chunk": _head(POST, b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n",
    "trailer": _head(POST, b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\nX: 1\r\n",
}
