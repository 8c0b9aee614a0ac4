"""XLSX to CSV, row by row: what is read in portions must have byte positions, which a zip of XML has not."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from .errors import UnreadableFile

MAX_UNPACKED = 2 * 1024**3  # bytes; a million rows of twenty columns stay below
MAX_STRINGS = 256 * 1024**2  # bytes of the table of texts, which the reader holds in memory
MAX_CELLS = 500  # of a row that is looked at


def to_csv(workbook: BinaryIO, text: BinaryIO) -> None:
    """Write the first sheet to `text`, separated by `;`. Raises UnreadableFile."""
    _refuse_bomb(workbook)
    wrapper = io.TextIOWrapper(text, "utf-8", newline="")
    writer = csv.writer(wrapper, delimiter=";", lineterminator="\n")
    for cells in _rows(workbook):
        writer.writerow([_text(value) for value in cells])
    wrapper.flush()
    wrapper.detach()
    text.seek(0, io.SEEK_END)


def _refuse_bomb(workbook: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(workbook) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise UnreadableFile("O arquivo não é uma planilha: o seu conteúdo está danificado.", codigo="nao_e_planilha") from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnreadableFile("O arquivo é um ZIP, e não uma planilha .xlsx.", codigo="nao_e_planilha")
    strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if sum(part.file_size for part in parts) > MAX_UNPACKED or strings > MAX_STRINGS:
        raise UnreadableFile("A planilha descompactada é grande demais: envie-a como CSV.", codigo="arquivo_grande_demais")


def _rows(workbook: BinaryIO) -> Iterator[tuple[Any, ...]]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # a quarter of a second, paid only by who sends a workbook

    try:
        book = load_workbook(workbook, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file claims of its size may be wrong
        yield from sheet.iter_rows(max_col=MAX_CELLS, values_only=True)
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl raises what its parsers do: KeyError, ValueError, ParseError, zlib.error…
        raise UnreadableFile("A planilha está danificada, ou não é um .xlsx.", codigo="nao_e_planilha") from error


def _text(value: Any) -> str:
    """As a Brazilian would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.time() != time() else value.strftime("%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace(".", ",")
    return str(value).replace("\0", "")
