"""Attachments in a bucket: what a small server that speaks S3 is asked, and what its failures become."""

import hashlib
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm_shared import env
from crm_shared.attachments import bucket, files
from crm_shared.extensions.models import Anexo
from crm_shared.testing.contract import assert_problem

from .test_anexos import PNG, baixado, uuid7_of

pytestmark = pytest.mark.django_db
LARGE = b"%PDF-" + bytes(9 * 1024 * 1024)  # beyond what boto3 sends in one part


class S3(BaseHTTPRequestHandler):
    """Objects in a dict; signatures are asked for and believed."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one(self):
        url, objects = urlsplit(self.path), self.server.objects
        key, query = unquote(url.path), parse_qs(url.query, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.out or "AWS4-HMAC-SHA256 Credential=chave-de-teste/" not in self.headers["Authorization"]:
            return self.answer(503 if self.server.out else 403)
        if self.command == "GET" and "prefix" in query:
            return self.listed(key, query["prefix"][0])
        return getattr(self, f"on_{self.command.lower()}")(key, query, body, objects)

    def on_put(self, key, query, body, objects):
        number = query.get("partNumber", [""])[0]
        objects[key + number] = body
        self.answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def on_post(self, key, query, body, objects):
        if "uploads" in query:
            return self.answer(200, b"<R><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId></R>")
        objects[key] = objects.pop(f"{key}1") + objects.pop(f"{key}2")
        return self.answer(200, b"<R><ETag>e</ETag></R>")

    def on_get(self, key, query, body, objects):
        whole = objects.get(key)
        if whole is None:
            return self.answer(404)
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            part = whole[int(first) : int(last or len(whole)) + 1]
            return self.answer(206, part, ETag='"e"', Content_Range=f"bytes {first}-{int(first) + len(part) - 1}/{len(whole)}")
        return self.answer(200, whole, ETag='"e"')

    on_head = on_get

    def on_delete(self, key, query, body, objects):
        objects.pop(key, None)
        self.answer(204)

    def listed(self, bucket, prefix):
        keys = [key.removeprefix(bucket + "/") for key in self.server.objects]
        found = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys if key.startswith(prefix))
        self.answer(200, f"<R><IsTruncated>false</IsTruncated>{found}</R>".encode())

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one  # noqa: N815 - as the server asks for them

    def log_message(self, *_args):
        """Nothing."""


@contextmanager
def running():
    server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    server.objects, server.out = {}, False
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def balde(settings, monkeypatch):
    with running() as server:
        url = f"http://chave-de-teste:bem%2Fguardada-7x9@127.0.0.1:{server.server_port}/crm?region=sa-east-1"
        monkeypatch.setenv("ATTACHMENTS_BUCKET_URL", url)
        for timeout in ("connect_timeout", "read_timeout"):  # of a busy machine
            monkeypatch.setitem(bucket._CLIENT, timeout, 60)
        settings.STORAGES = {**settings.STORAGES, "anexos": env.bucket_storage("ATTACHMENTS_BUCKET_URL")}
        yield server


@pytest.fixture
def anexos(api):
    return f"/exemplo/{api().post('/exemplo', {'nome': 'mesa'}).json()['id']}/anexos"


def enviar(api, anexos, nome, conteudo):
    return api().post(anexos, {"arquivo": SimpleUploadedFile(nome, conteudo)}, format="multipart")


@pytest.mark.parametrize(("nome", "conteudo"), [("a.png", PNG), ("a.pdf", LARGE)])
def test_an_attachment_lies_in_the_bucket_under_its_id(api, anexos, balde, nome, conteudo):
    um = enviar(api, anexos, nome, conteudo)
    assert um.status_code == 201, um.content
    assert balde.objects == {f"/crm/{files.name_of(Anexo.objects.get().pk)}": conteudo}
    answer = api().get(f"{um['Location']}/conteudo")
    assert answer["Content-Length"] == str(len(conteudo))
    assert baixado(answer) == conteudo


def test_the_sweep_takes_what_no_row_tells_of(api, anexos, balde):
    enviar(api, anexos, "a.png", PNG)
    kept = list(balde.objects)
    files.storage().save(files.name_of(uuid7_of(timezone.now() - timedelta(hours=2))), BytesIO(b"x"))
    files.sweep()
    assert list(balde.objects) == kept
    Anexo.objects.update(excluido_em=timezone.now() - timedelta(days=32))
    files.sweep()
    assert balde.objects == {}


def test_a_bucket_that_is_out_is_503_and_an_object_that_is_gone_409(api, anexos, balde):
    um = enviar(api, anexos, "a.png", PNG)["Location"]
    balde.out = True
    assert assert_problem(enviar(api, anexos, "a.png", PNG), 503)["codigo"] == "armazenamento_indisponivel"
    assert_problem(api().get(f"{um}/conteudo"), 503)
    balde.out = False
    balde.objects.clear()
    assert assert_problem(api().get(f"{um}/conteudo"), 409)["codigo"] == "arquivo_ausente"
    assert Anexo.objects.count() == 1


@pytest.mark.parametrize("url", ["s3://a:bem-guardada-7x9@h/b", "https://a:bem-guardada-7x9@h", "https://h/b", "https://a:curta@h/b"])
def test_a_bad_address_stops_the_start(monkeypatch, url):
    monkeypatch.setattr(env, "_refused", {})
    monkeypatch.setenv("ATTACHMENTS_BUCKET_URL", url)
    env.bucket_storage("ATTACHMENTS_BUCKET_URL")
    assert list(env._refused) == ["ATTACHMENTS_BUCKET_URL"]
