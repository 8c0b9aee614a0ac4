"""CSV written row by row. No cell may start a formula in the program that opens it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

# what makes a program take a text for a formula or a command (OWASP, CSV injection)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def safe(text: str) -> str:
    """`text` as a cell that stays text, by an apostrophe before what would be a formula; `unsafe` takes it away again."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unsafe(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


class CsvRows:
    """`names`: the header, None for a part that goes on. `brazilian`: `;`, decimal comma, dd/mm/aaaa, and the mark by which Excel
    knows the encoding.
    """

    def __init__(self, file: BinaryIO, names: Sequence[str] | None, *, brazilian: bool, zone: ZoneInfo) -> None:
        self._file, self._brazilian, self._zone = file, brazilian, zone
        if names is not None:
            if brazilian:
                file.write(b"\xef\xbb\xbf")
            self.write([names])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        cell = self._local if self._brazilian else plain_cell
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";" if self._brazilian else ",", lineterminator="\r\n")
        writer.writerows([[cell(value) for value in row] for row in rows])
        self._file.write(text.getvalue().encode("utf-8", "replace"))

    def flush(self) -> None:
        self._file.flush()

    def _local(self, value: Any) -> Any:
        if isinstance(value, str):
            return safe(value)
        if isinstance(value, Decimal):
            return format(value, "f").replace(".", ",")
        if isinstance(value, bool):
            return "sim" if value else "não"
        if isinstance(value, datetime):
            return value.astimezone(self._zone).strftime("%d/%m/%Y %H:%M:%S")
        if isinstance(value, date):
            return value.strftime("%d/%m/%Y")
        return plain_cell(value)


def plain_cell(value: Any) -> Any:
    """As the API shows it."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return safe(", ".join(f"{name}: {item}" for name, item in value.items()))
    if isinstance(value, list | tuple):
        return safe(", ".join(_listed(item) for item in value))
    return safe(str(value))


def _listed(item: Any) -> str:
    """Of a tag, its name, unless that would read as several."""
    if not isinstance(item, dict):
        return str(item)
    return str(item["slug"] if "slug" in item and re.search(r"[;,|\n]", item["nome"]) else item.get("nome", item))
