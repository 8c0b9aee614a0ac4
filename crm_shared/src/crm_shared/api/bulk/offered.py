"""Which operations there are, and which of them a resource offers."""

from collections.abc import Mapping
from typing import Any

from ...extensions.columns import Extensible
from ...records.models import OwnedRecord
from .tagging import Desmarcar, Marcar
from .writes import Atribuir, Atualizar, Criar, Desativar, Excluir, Reativar, Restaurar, Upsert, Write

WRITES: Mapping[str, type[Write]] = {
    "criar": Criar,
    "atualizar": Atualizar,
    "upsert": Upsert,
    "excluir": Excluir,
    "restaurar": Restaurar,
    "atribuir": Atribuir,
    "marcar": Marcar,
    "desmarcar": Desmarcar,
    "desativar": Desativar,
    "reativar": Reativar,
}
TRANSITIONS = frozenset({"desativar", "reativar"})


def writes_of(view_class: Any) -> dict[str, type[Write]]:
    """No key, no upsert; no owner, nothing to assign; no tags, nothing to tag; and what the resource leaves out."""
    model = view_class.queryset.model
    left_out = {*view_class.bulk_without, *(TRANSITIONS - view_class.bulk_transitions.keys())}
    if not view_class.bulk_keys:
        left_out.add("upsert")
    if not issubclass(model, OwnedRecord):
        left_out.add("atribuir")
    if not issubclass(model, Extensible):
        left_out |= {"marcar", "desmarcar"}
    return {name: write for name, write in WRITES.items() if name not in left_out}
