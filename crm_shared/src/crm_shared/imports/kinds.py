"""The two operations on an import: `importacao` carries it out, `simulacao` only says what would become of each row."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO, ClassVar

from django.core.files.storage import default_storage

from ..bulk_insert import unsaved
from ..errors import DomainError, Forbidden
from ..operations.each import Each
from ..operations.kinds import Kind, Portion
from ..operations.models import ItemOperacao, Operacao
from ..tables.reading import Layout, Position, rows
from .models import Importacao
from .plan import Line, plan_of
from .settling import Settling, forget_keys
from .undoing import undo_line

PORTION = 500  # rows; a fraction of a second
TOO_BAD = 2_000  # rows that are no CSV at all: then the file is not what it seemed


class ImportKind(Kind):
    """Shared by both; `writes` tells them apart."""

    writes: ClassVar[bool]

    def __init__(self) -> None:
        self._importacao: Importacao | None = None
        self._file: BinaryIO | None = None
        self._each = Each()

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        importacao = self._of(operacao)
        plan = plan_of(importacao)
        at = Position(**(cursor or importacao.inicio))
        read = list(islice(rows(self._open(importacao), Layout(importacao.codificacao, importacao.separador), at), PORTION))
        lines = [plan.line(row) for row in read]
        self._refuse_nonsense(operacao, lines)
        Settling(operacao, importacao, plan, self._each, writes=self.writes).settle(lines)
        ended = len(read) < PORTION
        after = read[-1].after if read else at
        return Portion(
            cursor={"offset": after.offset, "line": after.line},
            feitos=len(lines),
            erros=sum(line.status >= 400 for line in lines),
            fim=ended,
            itens=[self._item(operacao, line) for line in lines],
            resultado=summary(operacao.resultado, lines, importacao.tamanho if ended else after.offset, importacao.tamanho),
        )

    def _refuse_nonsense(self, operacao: Operacao, lines: list[Line]) -> None:
        """Each row with open quotation marks is read far ahead: a file full of them must not keep the runner busy for hours."""
        if operacao.erros + len(lines) >= TOO_BAD and operacao.erros == operacao.feitos and all(line.structural for line in lines):
            raise DomainError("O arquivo não é um CSV: nenhuma linha pôde ser lida.", codigo="arquivo_invalido")

    def _of(self, operacao: Operacao) -> Importacao:
        if self._importacao is None:
            self._importacao = Importacao.objects.filter(pk=operacao.parametros["importacao_id"]).first()
        if self._importacao is None or not default_storage.exists(self._importacao.arquivo):
            raise DomainError("O arquivo desta importação não existe mais.", codigo="arquivo_ausente")
        return self._importacao

    def _open(self, importacao: Importacao) -> BinaryIO:
        if self._file is None:
            self._file = default_storage.open(importacao.arquivo, "rb")  # type: ignore[assignment]  # a File, which reads as one
        assert self._file is not None
        return self._file

    def _item(self, operacao: Operacao, line: Line) -> ItemOperacao:
        return unsaved(
            ItemOperacao,
            operacao_id=operacao.pk,
            indice=line.number,
            status=line.status,
            registro_id=line.target,
            versao=line.versao,
            erros=line.errors,
            antes=line.before if self.writes else None,
        )

    def ended(self, operacao: Operacao) -> None:
        forget_keys(operacao.pk)


class Simulacao(ImportKind):
    writes = False


class Importar(ImportKind):
    writes = True
    undoable = True

    def undo(self, operacao: Operacao, item: ItemOperacao) -> str:
        return undo_line(operacao, item, plan_of(self._of_undone(operacao)).importable)

    def _of_undone(self, operacao: Operacao) -> Importacao:
        """The file may be gone by now; what it did is in the items."""
        if self._importacao is None:
            self._importacao = Importacao.objects.get(pk=operacao.parametros["importacao_id"])
        return self._importacao

    def refuse_undo(self, operacao: Operacao) -> None:
        importable = plan_of(self._of_undone(operacao)).importable
        if not operacao.ator.has(f"{importable.recurso}:editar"):
            raise Forbidden("Seu papel não permite alterar estes registros.", codigo="escopo_ausente")


def summary(before: dict[str, Any], lines: Iterable[Line], read: int, size: int) -> dict[str, Any]:
    """Counts so far; in a simulation they are of what would be."""
    counts = {name: before.get(name, 0) for name in ("criadas", "atualizadas", "iguais", "duplicadas", "invalidas")}
    for line in lines:
        counts[outcome(line)] += 1
    return {**counts, "bytes_lidos": read, "bytes": size}


def outcome(line: Line) -> str:
    if line.status == 201:
        return "criadas"
    if line.status == 200:
        return "atualizadas" if line.before else "iguais"
    return "duplicadas" if line.status == 409 else "invalidas"
