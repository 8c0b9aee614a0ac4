"""The operation that writes an export: one part of the file for each portion, so that a killed one goes on with the next part."""

import tempfile
import time
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from rest_framework.exceptions import ValidationError

from ..errors import Invalid
from ..operations.kinds import Kind, Portion
from ..operations.models import Operacao
from ..tables.workbook_parts import SheetRows
from ..tables.writing import CsvRows
from .selection import Selection, view_named

FOLDER = "exportacoes"
_PAGE = 2_000
_TIME = 0.5  # seconds for one portion
MAX_XLSX_ROWS = 1_048_575  # below its header


class Exportar(Kind):
    def __init__(self) -> None:
        self._selection: Selection | None = None

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        """`cursor` is [number of the part, id of the last record]."""
        part, last = (cursor[0], UUID(cursor[1]) if cursor[1] else None) if cursor else (0, None)
        selection = self._selected(operacao)
        with tempfile.SpooledTemporaryFile(8 * 1024 * 1024) as file:
            rows, last, ended = self._fill(operacao, selection, file, part, last)
            size = file.tell()
            _store(part_name(operacao.pk, part), file)
        before = operacao.resultado
        if operacao.parametros["formato"] == "xlsx" and before.get("linhas", 0) + rows > MAX_XLSX_ROWS:
            raise Invalid("Uma planilha .xlsx não tem mais de 1.048.576 linhas: exporte em CSV.", codigo="linhas_demais")
        return Portion(
            cursor=[part + 1, str(last) if last else None],
            feitos=rows,
            fim=ended,
            resultado={"linhas": before.get("linhas", 0) + rows, "bytes": before.get("bytes", 0) + size, "partes": part + 1},
        )

    def _selected(self, operacao: Operacao) -> Selection:
        if self._selection is None:
            wanted = operacao.parametros
            try:
                self._selection = Selection(view_named(wanted["view"]), operacao.ator, wanted["params"], wanted["campos"])
            except ValidationError as error:
                raise Invalid("O filtro desta exportação não vale mais.", codigo="filtro_invalido") from error
        return self._selection

    def _fill(self, operacao: Operacao, selection: Selection, file: Any, part: int, last: Any) -> tuple[int, Any, bool]:
        writer = rows_writer(operacao, file, first=part == 0)
        until, written = time.monotonic() + _TIME, 0
        while True:
            rows, last = selection.page(last, _PAGE)
            writer.write(rows)
            written += len(rows)
            if len(rows) < _PAGE or time.monotonic() > until:
                writer.flush()
                return written, last, len(rows) < _PAGE


def rows_writer(operacao: Operacao, file: BinaryIO, *, first: bool) -> Any:
    names = operacao.parametros.get("titulos", operacao.parametros["campos"]) if first else None
    zone = ZoneInfo(settings.REPORT_TIME_ZONE)
    if operacao.parametros["formato"] == "xlsx":
        return SheetRows(file, names, zone=zone)
    return CsvRows(file, names, brazilian=operacao.parametros["brasileiro"], zone=zone)


def part_name(pk: UUID, number: int) -> str:
    return f"{FOLDER}/{pk}/{number:05d}"


def _store(name: str, file: Any) -> None:
    """Instead of what an earlier try left, whose transaction did not come to its end."""
    file.seek(0)
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, File(file))
