"""One POST: to the address that was checked, with the name that was meant, within its bounds."""

import contextlib
import datetime
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from crm_shared.outside import Rules, TargetRefused, Unreachable, addresses, checked_url, post, sending
from crm_shared.testing.http_server import Reply, serving

AT_HOME = Rules(allow_private=True)


def send(url, rules=AT_HOME, **options):
    return post(checked_url(url, rules), b'{"a": 1}', {"Content-Type": "application/json", "X-Um": "1"}, rules, **options)


def test_it_posts_and_reads_the_answer(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(Reply(201, {"ok": True}, {"X-Dois": "2"})) as server:
        answer = send(f"{server.url}/a?b=c")
    [call] = server.requests
    assert (call.method, call.path, call.raw, call.headers["X-Um"]) == ("POST", "/a?b=c", b'{"a": 1}', "1")
    assert call.headers["Host"] == server.url.removeprefix("http://")
    assert call.headers["Accept-Encoding"] == "identity"
    assert (answer.status, answer.content, answer.headers["x-dois"]) == (201, b'{"ok": true}', "2")


def test_a_redirect_is_an_answer():
    with serving(Reply(200)) as other, serving(Reply(302, headers={"Location": other.url})) as server:
        assert send(server.url).status == 302
        assert other.connections == 0


def test_what_resolves_to_somewhere_private_is_not_connected_to(monkeypatch):
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    monkeypatch.setattr(addresses, "lookup", rebinding)
    monkeypatch.setattr(socket, "create_connection", lambda address, timeout: pytest.fail(f"connected to {address}"))
    target = checked_url("https://example.com/", Rules())
    addresses.refuse_known_private(target, Rules())
    with pytest.raises(TargetRefused):
        post(target, b"", {}, Rules())


def test_the_name_is_asked_once_and_what_was_checked_is_what_is_called(monkeypatch):
    """Else a name that changes its mind between the two would win."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    monkeypatch.setattr(addresses, "lookup", lambda host, port: answers.pop(0))
    called = []

    def connect(address, timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(sending.socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        send("https://example.com/", Rules())
    assert called == [("93.184.215.14", 443)]


@pytest.fixture
def https(tmp_path, monkeypatch):
    """A TLS server for recebe.example.com on loopback; answers its port and the names that clients asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "recebe.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("recebe.example.com")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    (tmp_path / "c.pem").write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context, names, got = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), [], []
    context.load_cert_chain(tmp_path / "c.pem")
    context.sni_callback = lambda _socket, asked, _context: names.append(asked)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    got.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    trusting = ssl.create_default_context(cadata=pem.decode())
    monkeypatch.setattr(sending, "tls", lambda: trusting)
    monkeypatch.setattr(addresses, "lookup", lambda host, port: ["127.0.0.1"])
    yield listener.getsockname()[1], names, got
    listener.close()


def test_over_tls_the_name_goes_along_and_the_certificate_is_checked_against_it(https):
    port, names, got = https
    assert send(f"https://recebe.example.com:{port}/x").status == 204
    assert names == ["recebe.example.com"]
    assert f"Host: recebe.example.com:{port}\r\n".encode() in got[0]
    with pytest.raises(Unreachable) as failed:
        send(f"https://outro.example.com:{port}/x")
    assert failed.value.codigo == "tls"


def listening(behave):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            with contextlib.suppress(OSError):
                behave(connection)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def drip_headers(connection):
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def endless_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")


def endless_body(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"b" * 65536)


def endless_chunks(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1000\r\n" + b"c" * 4096 + b"\r\n")


@pytest.mark.parametrize(
    ("behave", "codigo"),
    [
        (drip_headers, "tempo"),
        (lambda _connection: time.sleep(3), "tempo"),
        (endless_headers, "resposta"),
        (lambda connection: connection.sendall(b"nonsense\r\n\r\n"), "resposta"),
        (lambda connection: connection.sendall(b"HTTP/1.1 999999 x\r\n\r\n"), "resposta"),
        (lambda _connection: None, "resposta"),
    ],
)
def test_what_is_no_answer_ends_in_time(behave, codigo):
    started = time.monotonic()
    with pytest.raises(Unreachable) as failed:
        send(listening(behave), seconds=0.6)
    assert failed.value.codigo == codigo
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("behave", [endless_body, endless_chunks])
def test_of_a_long_answer_the_beginning_is_read(behave):
    answer = send(listening(behave), seconds=2)
    assert answer.status == 200
    assert 0 < len(answer.content) <= sending.MAX_BYTES


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable) as failed:
        send(f"http://127.0.0.1:{port}/")
    assert failed.value.codigo == "conexao"
