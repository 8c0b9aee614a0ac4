"""How one import reads its rows, worked out once: which cell goes through which field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from ..api.problems import field_errors
from ..extensions.values import PREFIX
from ..tables.reading import ERRORS, Row
from .custom import complete, fields_of, unique_key
from .declared import Importable, importables
from .mapping import writable
from .models import Importacao
from .values import BadCell, Read, cell_text, reader_of

Errors = list[dict[str, str]]


@dataclass
class Line:
    """A row of the file: what it would write, or why it cannot be."""

    number: int
    dados: dict[str, Any] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)  # fields whose cells name what they cite
    errors: Errors = field(default_factory=list)
    status: int = 0  # as HTTP would answer it, once that is known
    target: UUID | None = None
    before: dict[str, Any] | None = None
    versao: int | None = None
    structural: bool = False  # its cells could not even be told apart

    def refuse(self, status: int, codigo: str, mensagem: str, campo: str = "") -> None:
        self.status = status
        self.errors.append({"campo": campo, "codigo": codigo, "mensagem": mensagem})


@dataclass(frozen=True)
class Column:
    """`at` is its place in the row."""

    at: int
    name: str
    source: str
    read: Read
    validate: Callable[[Any], Any]
    required: bool
    cites: bool


class Plan:
    def __init__(self, importacao: Importacao, importable: Importable) -> None:
        self.importable = importable
        self.width = len(importacao.colunas)
        self.serializer = importable.serializer()
        fields = writable(importable)
        found = [self._column(importacao.colunas.index(column), name, fields[name]) for column, name in importacao.mapeamento.items()]
        self.columns = sorted(found, key=lambda column: column.at)  # a JSON object of the store has an order of its own
        mapped = {column.name for column in self.columns}
        self.fixed = [(self._column(-1, name, fields[name]), str(value)) for name, value in importacao.padroes.items()]
        self.missing = [
            (name, item) for name, item in fields.items() if item.required and name not in mapped and name not in importacao.padroes
        ]
        self.custom = fields_of(importable.model)
        self.unique = {
            name: unique_key(campo) for chave, campo in self.custom.items() if campo.reserva and (name := f"{PREFIX}{chave}") in mapped
        }
        self.judges = "validate" in type(self.serializer).__dict__ or any(
            "validate" in kind.__dict__ and kind.__module__.split(".")[0] != "rest_framework" for kind in type(self.serializer).__mro__[:-1]
        )
        self.own_rules = {
            name: getattr(self.serializer, f"validate_{name}") for name in fields if hasattr(self.serializer, f"validate_{name}")
        }

    def _column(self, at: int, name: str, item: Any) -> Column:
        read = reader_of(getattr(item, "inner", item), getattr(item, "words", None) or self.importable.words.get(name))
        # decoded text has no lone surrogates, and looking for them takes as long as all other rules of a text
        item.validators = [rule for rule in item.validators if not isinstance(rule, ProhibitSurrogateCharactersValidator)]
        return Column(at, name, item.source or name, read, item.run_validation, item.required, name in self.importable.references)

    def line(self, row: Row) -> Line:
        line = Line(row.line)
        if row.error:
            line.structural = True
            line.refuse(400, row.error, ERRORS[row.error])
            return line
        if len(row.cells) > self.width and any(cell.strip() for cell in row.cells[self.width :]):
            line.refuse(400, "celulas_demais", "A linha tem mais células do que o cabeçalho.")
            return line
        for column in self.columns:
            self._fill(line, column, row.cells[column.at] if column.at < len(row.cells) else "")
        for column, value in self.fixed:
            if (
                column.source not in line.dados
                and column.name not in line.named
                and not any(error["campo"] == column.name for error in line.errors)
            ):
                self._fill(line, column, value)
        extras = {name.removeprefix(PREFIX): line.dados.pop(name) for name in list(line.dados) if name.startswith(PREFIX)}
        if extras:
            line.dados["extras"] = extras
        if not line.errors and self.judges:
            self._judge(line)
        return line

    def _fill(self, line: Line, column: Column, cell: str) -> None:
        """An empty cell says nothing: a new record gets the field's default, an old one keeps what it has."""
        try:
            text = cell_text(cell)
            if column.cites and text and not _is_id(text):
                line.named[column.name] = text
            elif text:
                value = column.validate(column.read(text))
                rule = self.own_rules.get(column.name)
                line.dados[column.source] = rule(value) if rule else value
        except BadCell as error:
            line.refuse(400, error.code, error.message, column.name)
        except (ValidationError, DjangoValidationError) as error:
            detail = error.detail if isinstance(error, ValidationError) else [ErrorDetail(text, "invalid") for text in error.messages]
            for item in field_errors({column.name: detail}):
                line.refuse(400, item["codigo"], item["mensagem"], item["campo"])

    def _judge(self, line: Line) -> None:
        try:
            line.dados = self.serializer.validate(line.dados)
        except ValidationError as error:
            for item in field_errors(error.detail):
                line.refuse(400, item["codigo"], item["mensagem"], item["campo"])

    def refuse_incomplete(self, line: Line) -> None:
        """For a row that would make a new record."""
        for column in self.columns:
            if column.required and column.source not in line.dados:
                _missing(line, column.name)
        extras = complete(self.custom, line.dados.get("extras", {}), lambda name: _missing(line, name))
        if extras:
            line.dados["extras"] = extras


def _missing(line: Line, name: str) -> None:
    line.refuse(400, "obrigatorio", "Este campo é obrigatório.", name)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def plan_of(importacao: Importacao) -> Plan:
    return _plan(Known(importacao))


class Known:
    """An import as a key of the cache: the same until its row changes."""

    def __init__(self, importacao: Importacao) -> None:
        self.importacao = importacao

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.importacao.fingerprint() == other.importacao.fingerprint()

    def __hash__(self) -> int:
        return hash(self.importacao.fingerprint())


@lru_cache(maxsize=8)
def _plan(known: Known) -> Plan:
    return Plan(known.importacao, importables()[known.importacao.recurso])
