"""A body sent in chunks, without Content-Length, is read like any other."""

import json
from io import BytesIO

import pytest

from crm_shared.wsgi import get_wsgi_application

pytestmark = pytest.mark.django_db(transaction=True)  # a real request closes old connections


def post(forge, ana, body):
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/exemplo",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_AUTHORIZATION": "Bearer " + forge.token(sub=str(ana.id), scope="empresas:criar"),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
    }
    answer = {}
    chunks = get_wsgi_application()(environ, lambda status, headers: answer.update(status=int(status[:3])))
    return answer["status"], json.loads(b"".join(chunks))


def test_it_is_read_whole(forge, ana, trusted_keys):
    status, body = post(forge, ana, b'{"nome": "em partes"}')
    assert status == 201, body
    assert body["nome"] == "em partes"


def test_the_limit_holds_for_it_too(forge, ana, trusted_keys, settings):
    settings.JSON_BODY_MAX_BYTES = 50
    assert post(forge, ana, b'{"nome": "' + b"x" * 100 + b'"}')[0] == 413
