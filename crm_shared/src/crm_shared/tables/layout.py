"""What a CSV looks like: its separator and its header."""

import csv
import io
import re
from itertools import islice
from typing import BinaryIO

from ..identity.search import search_text
from .encodings import SAMPLE, Encoding
from .errors import UnreadableFile
from .reading import ERRORS, Layout, Position, Row, rows

SEPARATORS = (";", ",", "\t", "|")
MAX_COLUMNS = 200
MAX_HEADER = 200  # characters of one name
_LOOKED_AT = 30  # records
_EXCEL_LINE = re.compile(rb'"?sep=(.)"?\r?\n')


def detect(file: BinaryIO, encoding: Encoding) -> tuple[Layout, Position]:
    """The layout, and where the header stands: after the mark, and after the line `sep=;` that Excel understands."""
    file.seek(encoding.skip)
    sample = file.read(SAMPLE)
    if told := _EXCEL_LINE.match(sample):
        return Layout(encoding.name, told[1].decode("latin-1")), Position(encoding.skip + told.end(), 2)
    return Layout(encoding.name, _separator(sample.decode(encoding.name, "ignore"))), Position(encoding.skip, 1)


def _separator(text: str) -> str:
    """The one by which most records have as many cells as the header, and more than one; `;` for a single column."""
    found = [(_agreement(text, separator), separator) for separator in SEPARATORS]
    (score, best) = max(found, key=lambda item: item[0])
    return best if score > (0, 0) else ";"


def _agreement(text: str, separator: str) -> tuple[float, int]:
    try:
        records = [record for record in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), _LOOKED_AT) if record]
    except csv.Error:
        return (0, 0)
    width = len(records[0]) if records else 0
    if width < 2:
        return (0, 0)
    return sum(len(record) == width for record in records) / len(records), width


def header(file: BinaryIO, layout: Layout, at: Position) -> tuple[list[str], Position]:
    """Names of the columns, and where the first record starts. Raises UnreadableFile."""
    row = next(rows(file, layout, at), None)
    if row is None:
        raise UnreadableFile("O arquivo não tem cabeçalho.", codigo="arquivo_vazio")
    if row.error:
        raise UnreadableFile(f"O cabeçalho não pôde ser lido: {ERRORS[row.error]}", codigo=row.error)
    return names_of(row), row.after


def names_of(row: Row) -> list[str]:
    cells = [" ".join(cell.split()) for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()  # Excel writes columns that were once used
    if len(cells) > MAX_COLUMNS:
        raise UnreadableFile(f"O arquivo tem mais de {MAX_COLUMNS} colunas.", codigo="colunas_demais")
    if any(len(cell) > MAX_HEADER or not cell.isprintable() for cell in cells):
        raise UnreadableFile("O cabeçalho tem um nome longo demais, ou que não é texto.", codigo="cabecalho_invalido")
    names = [cell or f"coluna {number}" for number, cell in enumerate(cells, 1)]
    folded = [search_text(name) for name in names]
    twice = sorted({name for name, key in zip(names, folded, strict=True) if folded.count(key) > 1})
    if twice:
        raise UnreadableFile(f"O cabeçalho repete: {', '.join(twice)}.", codigo="cabecalho_repetido")
    return names
