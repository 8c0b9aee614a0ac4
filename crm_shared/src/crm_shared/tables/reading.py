"""A CSV row by row, from any byte position: what makes an import of a million rows go on where it stopped.

A bad row costs itself and no other: an unclosed quotation mark ends with its own line, a line of 10 MB is skipped unread.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_LINE = 256 * 1024  # bytes
MAX_RECORD_LINES = 200  # of a cell with line breaks; more is an unclosed quotation mark
MAX_RECORD = 512 * 1024  # bytes


@dataclass(frozen=True)
class Position:
    """The byte at which the next record starts, and the number of its line as an editor shows it."""

    offset: int
    line: int


@dataclass(frozen=True)
class Layout:
    encoding: str
    separator: str


@dataclass(frozen=True)
class Row:
    """`line` is where it starts; `after` where the next one does; `error` a stable code, empty when the cells were read."""

    line: int
    cells: list[str]
    after: Position
    error: str = ""


ERRORS = {
    "linha_longa": f"A linha passa de {MAX_LINE // 1024} KiB.",
    "aspas_nao_fechadas": "As aspas desta linha não fecham.",
    "aspas_invalidas": "As aspas desta linha não formam um CSV.",
    "caractere_invalido": "A linha contém caracteres que não são texto.",
}


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        self.code = code


class _Lines:
    """Decoded lines for csv.reader, which takes exactly as many as a record has."""

    def __init__(self, file: BinaryIO, encoding: str, at: Position) -> None:
        self.file, self.encoding, self.at = file, encoding, at
        file.seek(at.offset)
        self.start = at

    def begin(self) -> None:
        self.start = self.at

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self.file.readline(MAX_LINE + 1)
        if not raw:
            raise StopIteration
        if len(raw) > MAX_LINE:
            raise self._refused("linha_longa")
        self.at = Position(self.at.offset + len(raw), self.at.line + 1)
        if self.at.line - self.start.line > MAX_RECORD_LINES or self.at.offset - self.start.offset > MAX_RECORD:
            raise _Refused("aspas_nao_fechadas")
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError:
            raise self._refused("caractere_invalido") from None

    def _refused(self, code: str) -> _Refused:
        """What is wrong with a later line is its own matter: this one should have ended before."""
        first = self.at.line - self.start.line <= (code != "linha_longa")
        return _Refused(code if first else "aspas_nao_fechadas")

    def skip(self) -> Position:
        """Past the first line of the record at hand, whatever is in it."""
        self.file.seek(self.start.offset)
        offset = self.start.offset
        while piece := self.file.readline(MAX_LINE):
            offset += len(piece)
            if piece.endswith(b"\n"):
                break
        return Position(offset, self.start.line + 1)


def rows(file: BinaryIO, layout: Layout, at: Position) -> Iterator[Row]:
    """The records from `at` on; lines without any content are left out."""
    while True:
        lines = _Lines(file, layout.encoding, at)
        reader = csv.reader(lines, delimiter=layout.separator, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Row(lines.start.line, cells, lines.at)
                lines.begin()
            return
        except (_Refused, csv.Error) as error:
            code = error.code if isinstance(error, _Refused) else _code_of(error)
            at = lines.skip()
            yield Row(lines.start.line, [], at, code)


def _code_of(error: csv.Error) -> str:
    text = str(error)
    unclosed = "unexpected end of data" in text or "field larger" in text
    return "aspas_nao_fechadas" if unclosed else "aspas_invalidas"
