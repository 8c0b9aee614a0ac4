"""Files attached to records, through the gateway: sent, seen with their record, fetched to be saved and never to be shown."""

import hashlib
from uuid import uuid4

import pytest
from test_crud import casos

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SERVICES = ("clientes", "empresas", "vendas", "comunicacao", "tarefas")


def attach(crm, record, name, content, **options):
    return crm.request("POST", f"{record}/anexos", files={"arquivo": (name, content)}, **options)


@pytest.fixture(scope="module")
def records(admin):
    cases = casos(admin)
    return {service: f"/gateway/{service}/{admin.create(f'/gateway/{service}', cases[service].body)['id']}" for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_an_attachment_s_life(admin, records, service):
    made = attach(admin, records[service], "ação.png", PNG)
    assert made.status_code == 201, made.text
    one = f"{records[service]}/anexos/{made.json()['id']}"
    assert (made.json()["nome"], made.json()["sha256"]) == ("ação.png", hashlib.sha256(PNG).hexdigest())
    assert made.json()["id"] in [row["id"] for row in admin.read(f"{records[service]}/anexos")["resultados"]]
    assert admin.get(f"{one}/conteudo").content == PNG
    assert admin.delete(one).status_code == 204
    assert admin.get(f"{one}/conteudo").status_code == 404
    assert admin.post(f"{one}/restaurar").status_code == 200
    assert admin.get(f"{one}/conteudo").content == PNG


def test_a_large_file_goes_through_and_a_larger_one_does_not(admin, records):
    large = b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024)
    made = attach(admin, records["clientes"], "a.png", large)
    assert made.status_code == 201, made.text
    assert admin.get(f"{records['clientes']}/anexos/{made.json()['id']}/conteudo").content == large
    refused = attach(admin, records["clientes"], "a.png", large + bytes(6 * 1024 * 1024))
    assert (refused.status_code, refused.json()["codigo"]) == (413, "arquivo_grande_demais")


def test_no_browser_is_given_anything_to_run(admin, records):
    page = b"<html><script>alert(1)</script></html>"
    for name in ("a.html", "a.svg", "a.pdf"):
        assert attach(admin, records["vendas"], name, page).status_code == 400
    text = attach(admin, records["vendas"], "a.txt", page).json()
    answer = admin.get(f"{records['vendas']}/anexos/{text['id']}/conteudo")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_who_does_not_see_the_record_sees_no_attachment(elenco):
    record = f"/gateway/clientes/{elenco.ana.crm.create('/gateway/clientes', {'nome': f'Cliente {uuid4()}'})['id']}"
    one = f"{record}/anexos/{attach(elenco.ana.crm, record, 'a.png', PNG).json()['id']}"
    for address in (f"{record}/anexos", one, f"{one}/conteudo"):
        assert elenco.ana.crm.get(address).status_code == 200
        assert elenco.gil.crm.get(address).status_code == 200
        assert elenco.carla.crm.get(address).status_code == 404
    assert attach(elenco.carla.crm, record, "b.png", PNG).status_code == 404
    assert elenco.carla.crm.delete(one).status_code == 404
    assert attach(elenco.rita.crm, record, "b.png", PNG).status_code == 403


def test_the_same_key_attaches_once(admin, records):
    key = {"Idempotency-Key": str(uuid4())}
    first, second = (attach(admin, records["tarefas"], "b.png", PNG, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
