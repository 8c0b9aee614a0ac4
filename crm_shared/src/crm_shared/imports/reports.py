"""The rows that did not go in, as a CSV: each as it stands in the file, with its line and the reasons."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage

from ..operations.models import ItemOperacao
from ..tables.reading import Layout, Position, rows
from ..tables.writing import safe
from .models import Importacao

OWN_COLUMNS = ("linha", "motivo", "codigo", "campo")
_AT_ONCE = 1_000


def error_report(importacao: Importacao) -> Iterator[bytes]:
    """Of the import, or of its simulation while it was not carried out; in the Brazilian spelling, as Excel opens it."""
    yield b"\xef\xbb\xbf" + _line([*OWN_COLUMNS, *importacao.colunas])
    operacao_id = importacao.operacao_id or importacao.simulacao_id
    if operacao_id is None:
        return
    failed = _failed(operacao_id)
    item = next(failed, None)
    for number, cells in _rows_of(importacao):
        while item is not None and item["indice"] < number:
            item = next(failed, None)
        if item is None:
            return
        if item["indice"] == number:
            yield _line([*_reasons(item), *cells])
            item = next(failed, None)
    while item is not None:  # the file is gone by now
        yield _line(_reasons(item))
        item = next(failed, None)


def _failed(operacao_id: Any) -> Iterator[dict[str, Any]]:
    """In the order of the file, by pages."""
    after = -1
    while True:
        found = ItemOperacao.objects.filter(operacao_id=operacao_id, status__gte=400, indice__gt=after).order_by("indice")
        page: list[Any] = list(found.values("indice", "erros")[:_AT_ONCE])
        yield from page
        if len(page) < _AT_ONCE:
            return
        after = page[-1]["indice"]


def _rows_of(importacao: Importacao) -> Iterator[tuple[int, list[str]]]:
    if not (importacao.arquivo and default_storage.exists(importacao.arquivo)):
        return
    with default_storage.open(importacao.arquivo, "rb") as file:
        layout = Layout(importacao.codificacao, importacao.separador)
        for row in rows(file, layout, Position(**importacao.inicio)):  # type: ignore[arg-type]  # a File reads as one
            yield row.line, row.cells


def _reasons(item: dict[str, Any]) -> list[str]:
    erros = item["erros"]
    joined = [" ".join(dict.fromkeys(str(erro[name]) for erro in erros if erro[name])) for name in ("mensagem", "codigo", "campo")]
    return [str(item["indice"]), *joined]


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
