"""CSV and XLSX written row by row. No cell may start a formula in the program that opens it."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Protocol
from uuid import UUID
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

# what makes a program take a text for a formula or a command (OWASP, CSV injection)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def safe(text: str) -> str:
    """`text` as a cell that stays text, by an apostrophe before what would be a formula; `unsafe` takes it away again."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unsafe(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


class Writer(Protocol):
    def write(self, rows: Iterable[Sequence[Any]]) -> None: ...
    def close(self) -> None: ...


class CsvWriter:
    """`brazilian`: `;`, decimal comma, dd/mm/aaaa, and a mark by which Excel knows the encoding."""

    def __init__(self, file: BinaryIO, names: Sequence[str], *, brazilian: bool, zone: ZoneInfo) -> None:
        self._text = io.TextIOWrapper(file, "utf-8-sig" if brazilian else "utf-8", newline="", write_through=False)
        self._csv = csv.writer(self._text, delimiter=";" if brazilian else ",", lineterminator="\r\n")
        self._brazilian, self._zone = brazilian, zone
        self._csv.writerow([safe(name) for name in names])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        cell = self._local if self._brazilian else _plain
        self._csv.writerows([[cell(value) for value in row] for row in rows])

    def _local(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value, "f").replace(".", ",")
        if isinstance(value, bool):
            return "sim" if value else "não"
        if isinstance(value, datetime):
            return value.astimezone(self._zone).strftime("%d/%m/%Y %H:%M:%S")
        if isinstance(value, date):
            return value.strftime("%d/%m/%Y")
        return _plain(value)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return safe(", ".join(str(item) for item in value))
    return safe(str(value))


class XlsxWriter:
    """One sheet, texts inline: nothing is gathered, so that memory does not grow. Dates and numbers are cells of their kind.

    A library would weigh more than the four small files that a workbook of one plain sheet consists of.
    """

    MAX_ROWS = 1_048_576

    def __init__(self, file: BinaryIO, names: Sequence[str], *, zone: ZoneInfo) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._zone, self._rows = zone, 0
        for path, text in _PARTS.items():
            self._zip.writestr(path, text)
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(_SHEET_START.encode())
        self.write([names])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        lines = [f"<row>{''.join([self._cell(value) for value in row])}</row>" for row in rows]
        self._rows += len(lines)
        if self._rows > self.MAX_ROWS:
            raise TooManyRows
        self._sheet.write("".join(lines).encode("utf-8", "replace"))

    def _cell(self, value: Any) -> str:
        if isinstance(value, str):
            return _text_cell(value) if value else "<c/>"
        if value is None:
            return "<c/>"
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | Decimal | float):
            return f"<c><v>{value}</v></c>" if len(str(value)) <= 15 else _text_cell(str(value))  # more digits would be rounded
        if isinstance(value, datetime):
            return f'<c s="2"><v>{_serial(value.astimezone(self._zone))}</v></c>'
        if isinstance(value, date):
            return f'<c s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
        return _text_cell(str(_plain(value)))

    def close(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()


class TooManyRows(Exception):
    """A sheet holds no more than 1,048,576 rows."""


def _text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_NOT_XML.sub("", safe(text)))}</t></is></c>'


def _serial(moment: datetime) -> float:
    """Days since the day from which spreadsheets count; years before 1900 have none and stay negative."""
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return round((moment.date() - _DAY_ZERO).days + seconds / 86400, 6)


_DAY_ZERO = date(1899, 12, 30)


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_SHEET_START = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}/officeDocument/2006/relationships">'
    '<sheets><sheet name="Dados" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    # 0 plain, 1 a date, 2 an instant
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/><numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
