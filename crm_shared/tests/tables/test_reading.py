"""Files as people send them: every encoding, every separator, and all that is no CSV."""

import io
import zipfile

import pytest

from crm_shared.tables.encodings import Probe
from crm_shared.tables.errors import UnreadableFile
from crm_shared.tables.layout import MAX_COLUMNS, detect, header
from crm_shared.tables.reading import MAX_LINE, Layout, Position, rows
from crm_shared.tables.workbook import to_csv
from crm_shared.tables.writing import safe, unsafe

TEXTO = "Nome;Observação\r\nJoão;é sócio\r\nZoë;“aspas” – travessão\r\n"


def probe(content, piece=7):
    found = Probe()
    for start in range(0, len(content), piece):
        found.feed(content[start : start + piece])
    return found


@pytest.mark.parametrize(
    ("encoding", "name", "skip"),
    [
        ("utf-8", "utf-8", 0),
        ("utf-8-sig", "utf-8", 3),
        ("cp1252", "cp1252", 0),
        ("utf-16", "utf-16-le", 2),
        ("utf-16-le", "utf-16-le", 0),
        ("utf-16-be", "utf-16-be", 0),
    ],
)
def test_encodings_are_told_apart(encoding, name, skip):
    found = probe(TEXTO.encode(encoding)).encoding()
    assert (found.name, found.skip) == (name, skip)


def test_an_accent_after_a_long_plain_start_still_tells():
    assert probe(b"nome\n" + b"Ana\n" * 50_000 + "José".encode("cp1252"), 65536).encoding().name == "cp1252"


@pytest.mark.parametrize(
    ("content", "codigo"),
    [
        (b"", "arquivo_vazio"),
        (b" \r\n ", "arquivo_vazio"),
        (b"%PDF-1.7 ...", "nao_e_planilha"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "nao_e_planilha"),
        (b'{"nome": 1}', "nao_e_planilha"),
        (b"<html>", "nao_e_planilha"),
        (b"\x1f\x8b\x08", "nao_e_planilha"),
        (b"nome;x\nAna\0;1\n", "caractere_invalido"),
        (b"\xef\xbb\xbfnome\nJo\xe3o\n", "codificacao_desconhecida"),
        (b"nome\n\x81\x8d\xff\n", "codificacao_desconhecida"),
    ],
)
def test_what_is_no_csv_is_refused(content, codigo):
    with pytest.raises(UnreadableFile) as refused:
        probe(content).encoding()
    assert refused.value.codigo == codigo


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ("a;b\n1,5;2,5\n", ";"),
        ("a,b\n1;2,x\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("nome\nAna\n", ";"),
        ("sep=,\na,b\n", ","),
        ('a;b\n"x;y,z,w";2\n', ";"),
    ],
)
def test_separators_are_told_apart(content, separator):
    file = io.BytesIO(content.encode())
    layout, at = detect(file, probe(content.encode()).encoding())
    assert layout.separator == separator
    assert header(file, layout, at)[0][0] in ("a", "nome")


@pytest.mark.parametrize(
    ("line", "codigo"),
    [
        (";".join(f"c{number}" for number in range(MAX_COLUMNS + 1)), "colunas_demais"),
        ("Nome;E-mail;nome", "cabecalho_repetido"),
        ("x" * 201, "cabecalho_invalido"),
        ('"aberta', "aspas_nao_fechadas"),
        ("x" * (MAX_LINE + 1), "linha_longa"),
    ],
)
def test_bad_headers_are_refused(line, codigo):
    with pytest.raises(UnreadableFile) as refused:
        header(io.BytesIO(line.encode()), Layout("utf-8", ";"), Position(0, 1))
    assert refused.value.codigo == codigo


def test_columns_without_a_name_get_one_and_trailing_ones_go():
    assert header(io.BytesIO(b"nome;;x;;\n"), Layout("utf-8", ";"), Position(0, 1))[0] == ["nome", "coluna 2", "x"]


def read(content, at=None):
    return list(rows(io.BytesIO(content), Layout("utf-8", ";"), at or Position(0, 1)))


def test_from_the_end_of_any_row_the_rest_is_the_same():
    content = 'a;b\n"x\ny";2\n\n;;\nç;"d""e"\n'.encode()
    whole = read(content)
    assert [(row.line, row.cells) for row in whole] == [(1, ["a", "b"]), (2, ["x\ny", "2"]), (6, ["ç", 'd"e'])]
    for number, row in enumerate(whole):
        assert read(content, row.after) == whole[number + 1 :]


def test_a_bad_row_costs_itself_alone():
    content = b'a;1\n"aberta;2\nb;3\n' + b"x" * 10_000_000 + b"\nc;4\n" + b'd;"e"f\n' + b"\xff;5\ng;6\n"
    found = [(row.line, row.error or row.cells[0]) for row in read(content)]
    assert found == [
        (1, "a"),
        (2, "aspas_nao_fechadas"),
        (3, "b"),
        (4, "linha_longa"),
        (5, "c"),
        (6, "aspas_invalidas"),
        (7, "caractere_invalido"),
        (8, "g"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+55", "-x", "@a", "\tx", "\rx", "'=ja", "normal", ""])
def test_a_cell_starts_no_formula_and_comes_back_as_it_was(text):
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unsafe(safe(text)) == text or text == "'=ja"


def test_a_zip_is_not_yet_a_workbook():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.csv", "a;b")
    for content in (packed.getvalue(), b"PK\x03\x04 quebrado"):
        with pytest.raises(UnreadableFile) as refused:
            to_csv(io.BytesIO(content), io.BytesIO())
        assert refused.value.codigo == "nao_e_planilha"
