"""XLSX in parts: rows of the sheet written now, the workbook around them when it is sent.

A library would weigh more than the few small files that a workbook of one plain sheet consists of, and holds all of it until its end.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from .writing import plain_cell, safe

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DAY_ZERO = date(1899, 12, 30)
_EXACT = 15  # digits that a spreadsheet's numbers keep


class SheetRows:
    """Texts stay in their cells, dates and numbers are cells of their kind."""

    def __init__(self, file: BinaryIO, names: Sequence[str] | None, *, zone: ZoneInfo) -> None:
        self._file, self._zone = file, zone
        if names is not None:
            self.write([names])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        lines = [f"<row>{''.join([self._cell(value) for value in row])}</row>" for row in rows]
        self._file.write("".join(lines).encode())

    def flush(self) -> None:
        self._file.flush()

    def _cell(self, value: Any) -> str:
        if isinstance(value, str):
            return _text(value) if value else "<c/>"
        if value is None:
            return "<c/>"
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | Decimal):
            return f"<c><v>{value}</v></c>" if len(str(value)) <= _EXACT else _text(str(value))
        if isinstance(value, datetime):
            return f'<c s="2"><v>{_serial(value.astimezone(self._zone))}</v></c>'
        if isinstance(value, date):
            return f'<c s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
        return _text(str(plain_cell(value)))


def _text(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_NOT_XML.sub("", safe(text)))}</t></is></c>'


def _serial(moment: datetime) -> float:
    """Days since the day from which spreadsheets count."""
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return round((moment.date() - _DAY_ZERO).days + seconds / 86400, 6)


class _Outlet:
    """What a zip is written to while it is sent: it gives away what it has got."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def workbook(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The file, piece by piece, around `parts` of what SheetRows wrote."""
    outlet = _Outlet()
    # only written to, which typeshed asks to be readable too
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for path, text in _FILES.items():
            archive.writestr(path, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_START.encode())
            for part in parts:
                sheet.write(part)
                if piece := outlet.take():
                    yield piece
            sheet.write(b"</sheetData></worksheet>")
    yield outlet.take()


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_SHEET_START = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FILES = {
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
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
