"""Spreadsheets through the gateway: one as Excel in Brazil writes it goes in and is taken back, one comes out by a signed link."""

import csv
from io import StringIO
from secrets import token_hex

import pytest

ENDED = ("concluida", "falhou", "cancelada", "desfeita")


@pytest.fixture
def sign():
    return token_hex(4)


def ended(crm, eventually, path, states=ENDED):
    return eventually(lambda: crm.read(path), lambda found: found["estado"] in states, 60)


def sheet(sign):
    rows = [
        "Nome;E-mail;Celular;Nascimento",
        f"João {sign};joao.{sign}@example.com;(11) 98765-4321;31/12/1980",
        f"Conceição {sign};conceicao.{sign}@example.com;11 8765 4322;",
        f"Sem telefone {sign};errado;(11) 1;31/02/1980",
    ]
    return "\r\n".join(rows).encode("cp1252")


def test_an_import_tried_carried_out_told_and_undone(admin, eventually, sign):
    made = admin.post("/gateway/clientes/importacoes", {"recurso": "clientes", "nome": "feira.csv", "chave": "email"})
    assert made.status_code == 201, made.text
    one = f"/gateway/clientes/importacoes/{made.json()['id']}"
    sent = admin.request("PUT", f"{one}/arquivo", data=sheet(sign), headers={"Content-Type": "text/csv"})
    assert sent.status_code == 200, sent.text
    assert (sent.json()["codificacao"], sent.json()["separador"]) == ("cp1252", ";")
    assert sent.json()["mapeamento"] == {"Nome": "nome", "E-mail": "email", "Celular": "telefone", "Nascimento": "data_nascimento"}

    tried = ended(admin, eventually, f"/gateway/clientes/operacoes/{admin.post(f'{one}/simular').json()['id']}")
    assert (tried["estado"], tried["resultado"]["criadas"], tried["erros"]) == ("concluida", 2, 1)
    assert not list(admin.rows("/gateway/clientes", busca=sign))

    done = ended(admin, eventually, f"/gateway/clientes/operacoes/{admin.post(f'{one}/executar').json()['id']}")
    assert (done["resultado"]["criadas"], done["resultado"]["invalidas"]) == (2, 1)
    people = {row["nome"]: row["telefone"] for row in admin.rows("/gateway/clientes", busca=sign)}
    assert people == {f"João {sign}": "+5511987654321", f"Conceição {sign}": "+5511987654322"}

    errors = admin.get(f"{one}/erros")
    assert errors.headers["Content-Type"].startswith("text/csv")
    [row] = csv.DictReader(StringIO(errors.content.decode("utf-8-sig")), delimiter=";")
    assert (row["linha"], row["Nome"]) == ("4", f"Sem telefone {sign}")
    assert {"email_invalido", "data_invalida"} <= set(row["codigo"].split())

    assert admin.post(f"/gateway/clientes/operacoes/{done['id']}/desfazer").ok
    ended(admin, eventually, f"/gateway/clientes/operacoes/{done['id']}", ("desfeita",))
    assert not list(admin.rows("/gateway/clientes", busca=sign))


def test_an_export_opens_by_its_link_for_who_asked_alone(admin, elenco, eventually, sign):
    admin.create("/gateway/clientes", {"nome": f"=Fórmula {sign}"})
    asked = admin.post("/gateway/clientes/exportar", {"busca": sign, "campos": ["nome", "email"], "brasileiro": True})
    assert asked.status_code == 202, asked.text
    path = f"/gateway/clientes/exportacoes/{asked.json()['id']}"
    link = eventually(lambda: admin.read(path), lambda found: found["link"], 60)["link"]
    link = link if link.startswith("/gateway") else f"/gateway{link}"
    file = admin.get(link)
    assert (file.status_code, file.content.decode("utf-8-sig").splitlines()) == (200, ["nome;email", f"'=Fórmula {sign};"])
    assert file.headers["X-Content-Type-Options"] == "nosniff"

    assert elenco.gil.crm.get(link).status_code in (403, 404)
    assert admin.get(link[:-3] + ("aaa" if link[-3:] != "aaa" else "bbb")).status_code == 403
    told, _moment, signature = link.rsplit(":", 2)
    assert admin.get(f"{told}:1tQ3Vx:{signature}").status_code == 403  # of years ago, or so it says


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"%PDF-1.7", "nao_e_planilha"), (b"", "arquivo_vazio"), (b"nome;nome\na;b\n", "cabecalho_repetido")],
)
def test_what_is_no_spreadsheet_is_refused(admin, body, code):
    made = admin.create("/gateway/clientes/importacoes", {"recurso": "clientes", "nome": "x.csv"})
    answer = admin.request("PUT", f"/gateway/clientes/importacoes/{made['id']}/arquivo", data=body, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["codigo"]) == (400, code)
