"""What a kind of operation is: how to do its next portion, and how to undo one item."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from ..errors import DomainError
from .models import ItemOperacao, Operacao


@dataclass(frozen=True)
class Portion:
    """What one portion did. `cursor` (JSON) is where the next one begins; `fim` says that there is none.

    `itens` are the unsaved rows of those items whose outcome is kept: errors, and what can be undone. `feitos` and `erros`
    count all that the portion went through. `resultado` is merged into the operation's, `total` set once it is known.
    """

    cursor: Any = None
    feitos: int = 0
    erros: int = 0
    fim: bool = False
    itens: Sequence[ItemOperacao] = ()
    total: int | None = None
    resultado: dict[str, Any] = field(default_factory=dict)


class Kind:
    """One instance lives for as long as a runner has the operation in hand, which is a second or so; the row is the memory.

    `portion` and `undo` run inside one transaction with the progress; on MongoDB, or after a lost race, the transaction may be
    run again from its start. A DomainError of `portion` ends the operation as failed, with its `detail` for people.
    Portions should take a fraction of a second: others wait meanwhile, and cancelling is seen between them.
    """

    undoable: ClassVar[bool] = False

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        """The next part of the work; `cursor` is None at first, then what the last portion gave."""
        raise NotImplementedError

    def undo(self, operacao: Operacao, item: ItemOperacao) -> str:
        """Make `item` undone with the rights of `operacao.ator`; answers "sim", or in a word why it was left as it is."""
        raise NotImplementedError

    def refuse_undo(self, operacao: Operacao) -> None:
        """Raise the DomainError for which `operacao.ator` may not undo this; the row is not saved yet."""

    def ended(self, operacao: Operacao) -> None:
        """Called in the transaction in which the operation ends, however it does: to let go of what it kept."""


class NoSuchKind(Kind):
    """Of a row that an older or newer version of the service left."""

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        raise DomainError("Este serviço não conhece este tipo de operação.", codigo="tipo_desconhecido")


@cache
def class_of(tipo: str) -> type[Kind]:
    path = settings.OPERATIONS.get(tipo)
    found: type[Kind] = import_string(path) if path else NoSuchKind
    return found


def kind_of(operacao: Operacao) -> Kind:
    return class_of(operacao.tipo)()
