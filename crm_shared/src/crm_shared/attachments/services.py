"""Attachments of main records: added by those who may edit the record, deleted by who added them or an administrator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from ..auth.principal import Principal
from ..db import atomic
from ..errors import Forbidden, NotFound, RuleRefused
from ..extensions.log import tell
from ..extensions.models import Anexo
from ..records import changes
from ..records.models import Record
from ..records.references import USUARIO, cite
from .files import KEPT_FOR


@dataclass(frozen=True)
class AttachmentServices:
    create: Callable[..., Anexo]
    delete: Callable[..., Anexo]
    restore: Callable[..., Anexo]


def services_for(model: type[Record], recurso: str) -> AttachmentServices:
    """The functions behind the attachments of the records of `model`, which the scopes of `recurso` guard."""

    def make_room(registro_id: UUID) -> None:
        changes.lock(model, registro_id)  # MongoDB does not wait here: there two at once may take the last place
        if Anexo.objects.vivos().filter(registro_id=registro_id).count() >= settings.ATTACHMENTS_PER_RECORD:
            raise RuleRefused(f"Um registro leva até {settings.ATTACHMENTS_PER_RECORD} anexos.", codigo="anexos_demais")

    def mine(ator: Principal, pk: UUID, *, deleted: bool = False) -> Anexo:
        anexo = changes.lock(Anexo, pk, deleted=deleted)
        if anexo.autor_id != ator.usuario_id and not ator.has(f"{recurso}:administrar"):
            raise Forbidden("Só quem anexou o arquivo, ou um administrador, pode excluí-lo.", codigo="anexo_alheio")
        return anexo

    @atomic
    def create(*, ator: Principal, dados: dict[str, Any]) -> Anexo:
        """The bytes are stored already."""
        make_room(dados["registro_id"])
        cite(USUARIO, ator.usuario_id)
        anexo = changes.save_new(Anexo(**dados, autor_id=ator.usuario_id))
        tell("anexo.criado", anexo)
        return anexo

    @atomic
    def delete(*, ator: Principal, pk: UUID, versao: int | None = None) -> Anexo:
        anexo = mine(ator, pk)
        tell("anexo.excluido", anexo, changes.soft_delete(anexo, versao=versao))
        return anexo

    @atomic
    def restore(*, ator: Principal, pk: UUID) -> Anexo:
        anexo = mine(ator, pk, deleted=True)
        if anexo.excluido_em and anexo.excluido_em < timezone.now() - KEPT_FOR:
            raise NotFound
        mudancas = changes.restore(anexo)
        make_room(anexo.registro_id)
        tell("anexo.restaurado", anexo, mudancas)
        return anexo

    return AttachmentServices(create, delete, restore)
