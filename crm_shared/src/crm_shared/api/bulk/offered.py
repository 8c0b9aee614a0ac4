"""Which operations there are, and which of them a resource offers."""

from collections.abc import Mapping
from typing import Any

from ...extensions.columns import Extensible
from ...records.models import OwnedRecord
from .tagging import Desmarcar, Marcar
from .writes import Atribuir, Atualizar, Criar, Excluir, Restaurar, Upsert, Write

WRITES: Mapping[str, type[Write]] = {
    "criar": Criar,
    "atualizar": Atualizar,
    "upsert": Upsert,
    "excluir": Excluir,
    "restaurar": Restaurar,
    "atribuir": Atribuir,
    "marcar": Marcar,
    "desmarcar": Desmarcar,
}


def writes_of(view_class: Any) -> dict[str, type[Write]]:
    """No key, no upsert; no owner, nothing to assign; no tags, nothing to tag."""
    model = view_class.queryset.model
    offered = dict(WRITES)
    if not view_class.bulk_keys:
        del offered["upsert"]
    if not issubclass(model, OwnedRecord):
        del offered["atribuir"]
    if not issubclass(model, Extensible):
        del offered["marcar"], offered["desmarcar"]
    return offered
