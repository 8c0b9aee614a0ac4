"""Files attached to records."""

import hashlib
import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from crm_shared.attachments import files
from crm_shared.attachments.names import clean_name
from crm_shared.attachments.receiving import Upload
from crm_shared.extensions.models import Anexo
from crm_shared.records.models import uuid7
from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
DAY = timedelta(days=1)


@pytest.fixture
def coisa(api):
    return f"/exemplo/{api().post('/exemplo', {'nome': 'mesa'}).json()['id']}"


@pytest.fixture
def enviar(api, coisa):
    """`enviar("foto.png", PNG)` attaches a file, `por` someone, to `coisa`."""

    def send(nome="foto.png", conteudo=PNG, *, por=None, query="", **headers):
        arquivo = SimpleUploadedFile("x", conteudo)
        arquivo._name = nome  # as a client that cleans nothing
        return (por or api()).post(f"{coisa}/anexos{query}", {"arquivo": arquivo}, format="multipart", headers=headers)

    return send


@pytest.fixture
def guardados(tmp_path):
    return lambda: sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


def codigo(response, status=400):
    return assert_problem(response, status)["erros"][0]["codigo"]


def baixado(response):
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in names:
            archive.writestr(name, content)
    return file.getvalue()


def test_an_attachment_s_life(api, coisa, enviar, ana, published, guardados):
    made = enviar("Proposta final.pdf", b"%PDF-1.7 conte\xc3\xbado")
    assert made.status_code == 201, made.json()
    um, lido = made["Location"], made.json()
    assert (lido["nome"], lido["tipo"], lido["tamanho"]) == ("Proposta final.pdf", "application/pdf", 18)
    assert (lido["sha256"], lido["autor_id"]) == (hashlib.sha256(b"%PDF-1.7 conte\xc3\xbado").hexdigest(), str(ana.id))
    assert api().get(um).json() == lido
    assert [item["id"] for item in api().get(f"{coisa}/anexos").json()["resultados"]] == [lido["id"]]
    assert guardados() == [lido["id"]]
    assert api().delete(um).status_code == 204
    assert_problem(api().get(f"{um}/conteudo"), 404)
    assert api().get(f"{coisa}/anexos").json()["resultados"] == []
    assert api().post(f"{um}/restaurar", {}).status_code == 200
    assert baixado(api().get(f"{um}/conteudo")) == b"%PDF-1.7 conte\xc3\xbado"
    told = [linha["tipo"].split(".", 1)[1] for linha in api().get(f"{coisa}/historico").json()["resultados"]]
    assert told == ["anexo.restaurado.v1", "anexo.excluido.v1", "anexo.criado.v1", "empresa.criada.v1"]
    evento = published("exemplo.anexo.criado.v1")[0]
    assert (evento.pessoais, evento.dados["sha256"]) == ({"nome": "Proposta final.pdf"}, lido["sha256"])


def test_no_browser_shows_what_is_fetched(api, enviar):
    um = enviar("ação.txt", b"<script>alert(1)</script>")["Location"]
    answer = api().get(f"{um}/conteudo")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''a%C3%A7%C3%A3o.txt"
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == ("nosniff", "sandbox; default-src 'none'")
    assert (answer["Content-Length"], answer.streaming) == ("25", True)


GOOD = {
    "a.PDF": b"lixo antes\n%PDF-1.4",
    "a.jpeg": b"\xff\xd8\xff\xe0....",
    "a.webp": b"RIFF....WEBPVP8 ",
    "a.heic": b"\0\0\0\x18ftypheic",
    "a.docx": zipped(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "x")),
    "a.xlsx": zipped(("docProps/app.xml", "x" * 200_000), ("xl/workbook.xml", "x")),
    "a.odt": zipped(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "x")),
    "a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....",
    "a.zip": zipped(("a.exe", "x")),
    "a.csv": "Preço;Ação\r\n1;ç".encode("cp1252"),
    "b.csv": "Preço;Ação".encode("utf-16"),
    "nfe.xml": b'\xef\xbb\xbf<?xml version="1.0"?><NFe/>',
    "a.mp3": b"ID3\x03....",
    "a.mp4": b"\0\0\0\x18ftypisom",
}
DOCX_IN_NAME_ONLY = zipped(("a.txt", "x"))
BAD = {
    "tipo_nao_aceito": {
        "a.html": b"<p>",
        "a.svg": b"<svg/>",
        "a.xhtml": b"<",
        "a.js": b"1",
        "a.php": b"<?",
        "a.exe": b"MZ",
        "a.pdf.exe": b"%PDF-",
        "pdf": b"%PDF-",
        ".pdf": b"%PDF-",
        "a.docm": GOOD["a.docx"],
    },
    "conteudo_diferente": {
        "a.png": b"<html>",
        "a.jpg": PNG,
        "a.pdf": b"MZ\x90\0",
        "a.txt": b"MZ\x90\0",
        "a.csv": b"a\0b",
        "a.xml": b"nada",
        "a.doc": b"{\\rtf",
        "a.docx": DOCX_IN_NAME_ONLY,
        "a.odt": DOCX_IN_NAME_ONLY,
    },
    "arquivo_vazio": {"a.txt": b""},
}


@pytest.mark.parametrize("nome", GOOD)
def test_what_is_what_its_name_says_is_taken(enviar, nome):
    assert enviar(nome, GOOD[nome]).status_code == 201


@pytest.mark.parametrize(("esperado", "nome"), [(code, name) for code, files in BAD.items() for name in files])
def test_what_is_not_is_refused_and_not_kept(enviar, guardados, esperado, nome):
    assert codigo(enviar(nome, BAD[esperado][nome])) == esperado
    assert guardados() == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\temp\\a.txt", "a.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("fatura\u202efdp.txt", "faturafdp.txt"),
        ("a\0b\x1b\r\n.txt", "ab.txt"),
        ("  a   b.txt. ", "a b.txt"),
        ('<img src=x>"|?*.txt', "_img src=x_____.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("x" * 500 + ".txt", "x" * 196 + ".txt"),
        ("a." + "x" * 500, "x" * 200),
        ("\ud800.txt", "txt"),
    ],
)
def test_names_are_cleaned(sent, shown):
    assert clean_name(sent) == shown


def raw(api, coisa, *parts, boundary="limite", end="--limite--\r\n", content_type=MULTIPART_CONTENT, **headers):
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts) + end.encode()
    content_type = content_type.replace("BoUnDaRyStRiNg", boundary)
    return api().generic("POST", f"{coisa}/anexos", body, content_type=content_type, **headers)


FILE = ('Content-Disposition: form-data; name="arquivo"; filename="a.txt"', b"texto")
OTHER = ('Content-Disposition: form-data; name="nome"', b"b.txt")
BAD_FORMS = {
    "nothing": ([], {}, "obrigatorio"),
    "no name": ([('Content-Disposition: form-data; name="arquivo"', b"texto")], {}, "obrigatorio"),
    "two": ([FILE, FILE], {}, "arquivos_demais"),
    "another field": ([FILE, OTHER], {}, "campo_desconhecido"),
    "another file": ([(FILE[0].replace("arquivo", "foto"), b"x")], {}, "campo_desconhecido"),
    "chunked": ([FILE], {"HTTP_TRANSFER_ENCODING": "chunked"}, "tamanho_ausente"),
}


@pytest.mark.parametrize("case", BAD_FORMS)
def test_a_bad_form_is_refused(api, coisa, guardados, case):
    parts, headers, expected = BAD_FORMS[case]
    assert codigo(raw(api, coisa, *parts, **headers)) == expected
    assert guardados() == []


CUT_FORMS = {
    "no end": {"end": ""},
    "half an end": {"end": "--lim"},
    "no boundary": {"content_type": "multipart/form-data"},
    "bad boundary": {"content_type": MULTIPART_CONTENT + "é"},
}


@pytest.mark.parametrize("cut", CUT_FORMS.values(), ids=CUT_FORMS)
def test_a_cut_form_is_none(api, coisa, guardados, cut):
    assert assert_problem(raw(api, coisa, FILE, **cut), 400)["codigo"] == "multipart_invalido"
    assert guardados() == []


def test_other_media_types_are_415(api, coisa):
    assert_problem(api().post(f"{coisa}/anexos", {"arquivo": "x"}), 415)


@pytest.mark.parametrize("size", [101, 200_000])
def test_a_large_file_is_413_and_not_kept(enviar, settings, guardados, size):
    settings.ATTACHMENT_MAX_BYTES = 100
    assert enviar("a.txt", b"x" * 100).status_code == 201
    assert assert_problem(enviar("a.txt", b"x" * size), 413)["codigo"] == "arquivo_grande_demais"
    assert len(guardados()) == 1


def test_a_full_record_takes_no_more(api, enviar, settings, guardados):
    settings.ATTACHMENTS_PER_RECORD = 1
    um = enviar()["Location"]
    assert assert_problem(enviar(), 422)["codigo"] == "anexos_demais"
    assert len(guardados()) == 1
    api().delete(um)
    assert enviar().status_code == 201
    assert_problem(api().post(f"{um}/restaurar", {}), 422)


def test_the_same_key_attaches_once(api, coisa, enviar, guardados):
    first, second = enviar(**{"Idempotency-Key": "k"}), enviar(**{"Idempotency-Key": "k"})
    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotency-Replayed"] == "true"
    assert_problem(enviar(conteudo=PNG + b"x", **{"Idempotency-Key": "k"}), 422)
    assert_problem(enviar("outro.png", **{"Idempotency-Key": "k"}), 422)
    assert guardados() == [first.json()["id"]]


def test_a_trial_stores_nothing(api, coisa, enviar, guardados):
    assert enviar(query="?simular=true").status_code == 201
    assert codigo(enviar("a.exe", b"MZ", query="?simular=true")) == "tipo_nao_aceito"
    assert (guardados(), api().get(f"{coisa}/anexos").json()["resultados"]) == ([], [])


def test_only_who_attached_it_or_an_administrator_deletes_it(api, enviar, bruno):
    um = enviar()["Location"]
    colega = api("empresas:ler", "empresas:editar", como=bruno)
    assert colega.get(f"{um}/conteudo").status_code == 200
    assert assert_problem(colega.delete(um), 403)["codigo"] == "anexo_alheio"
    assert api(como=bruno).delete(um).status_code == 204
    assert_problem(colega.post(f"{um}/restaurar", {}), 403)


def test_attachments_are_seen_with_their_record_by_who_may(api, coisa, enviar, carla, guardados):
    um = enviar()["Location"]
    alheia = api(como=carla, vis="proprio")
    for address in (f"{coisa}/anexos", um, f"{um}/conteudo"):
        assert_problem(alheia.get(address), 404)
        assert_problem(api("empresas:criar").get(address), 403)
    assert_problem(enviar(por=alheia), 404)
    assert_problem(enviar(por=api("empresas:ler")), 403)
    assert_problem(alheia.delete(um), 404)
    outra = f"/exemplo/{api().post('/exemplo', {'nome': 'outra'}).json()['id']}"
    assert_problem(api().get(um.replace(coisa, outra) + "/conteudo"), 404)
    assert_problem(api().get(f"{coisa}/anexos/{MISSING}/conteudo"), 404)
    api().delete(coisa)
    assert_problem(api().get(f"{um}/conteudo"), 404)
    assert len(guardados()) == 1


def test_nothing_of_it_changes(api, enviar):
    um = enviar()["Location"]
    assert_problem(api().patch(um, {"nome": "b.png"}), 405)
    assert_problem(api().put(um, {"nome": "b.png"}), 405)


def test_a_list_costs_the_same_for_many(api, coisa, enviar, queries):
    for _ in range(3):
        enviar()
    reader = api()
    with queries(2):  # the record, its attachments with their authors
        assert len(reader.get(f"{coisa}/anexos").json()["resultados"]) == 3


def test_what_no_row_tells_of_is_swept_once_it_is_old(enviar, guardados):
    kept = enviar().json()["id"]
    old = uuid7_of(timezone.now() - timedelta(hours=2))
    young = uuid7()
    for pk in (old, young):
        files.storage().save(files.name_of(pk), io.BytesIO(b"x"))
    files.sweep()
    assert guardados() == sorted([kept, str(young)])


def uuid7_of(moment):
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (uuid7().int & ((1 << 80) - 1)))


def test_the_bytes_of_a_deleted_one_go_after_a_month_and_its_past_stays(api, coisa, enviar, guardados):
    um = enviar()["Location"]
    api().delete(um)
    Anexo.objects.update(excluido_em=timezone.now() - 29 * DAY)
    files.sweep()
    assert len(guardados()) == 1
    Anexo.objects.update(excluido_em=timezone.now() - 30 * DAY - timedelta(minutes=1))
    assert_problem(api().post(f"{um}/restaurar", {}), 404)
    Anexo.objects.update(excluido_em=timezone.now() - 31 * DAY)
    files.sweep()
    assert guardados() == []
    assert len(api().get(f"{coisa}/historico").json()["resultados"]) == 3


def test_bytes_that_are_not_there_and_a_storage_that_is_out(api, enviar, monkeypatch, guardados):
    um = enviar()["Location"]
    files.discard(Anexo.objects.get().pk)
    assert assert_problem(api().get(f"{um}/conteudo"), 409)["codigo"] == "arquivo_ausente"

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    assert assert_problem(enviar(), 503)["codigo"] == "armazenamento_indisponivel"
    monkeypatch.setattr(FileSystemStorage, "_open", full)
    assert_problem(api().get(f"{um}/conteudo"), 503)
    assert Anexo.objects.count() == 1


def test_an_upload_lies_on_disk_not_in_memory(settings, tmp_path):
    settings.FILES_DIR = str(tmp_path)
    upload = Upload("a.txt")
    for _ in range(100):
        upload.feed(b"x" * 65536)
    assert (upload.tamanho, len(upload._content.head), len(upload._content.tail)) == (6_553_600, 65536, 65536)
    assert list(tmp_path.iterdir()) == []  # and goes with the process
