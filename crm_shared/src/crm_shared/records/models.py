"""What every main record of every service has: id, version, soft delete, owner, searchable text."""

import uuid
from typing import Any, ClassVar, Self

import uuid_utils.compat
from django.conf import settings
from django.db import models
from django.utils import timezone

from ..identity.search import search_text

PK_COLUMN: str | None = settings.PRIMARY_KEY_COLUMN


def uuid7() -> uuid.UUID:
    """Time-ordered (RFC 9562), so that ordering by id is ordering by creation."""
    return uuid_utils.compat.uuid7()


def id_at(milliseconds: int) -> uuid.UUID:
    """The least id that `uuid7` can make in that millisecond since 1970."""
    return uuid.UUID(int=max(0, milliseconds) << 80 | 0x7 << 76 | 0b10 << 62)


class RecordQuerySet(models.QuerySet[Any]):
    def vivos(self) -> Self:
        return self.filter(excluido_em__isnull=True)


class Record(models.Model):
    """`versao` grows by one with each change: it is the ETag and orders the record's events."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False, db_column=PK_COLUMN)
    versao = models.PositiveIntegerField("versão", default=1, editable=False)
    criado_em = models.DateTimeField("criado em", default=timezone.now, editable=False)
    atualizado_em = models.DateTimeField("atualizado em", default=timezone.now, editable=False)
    excluido_em = models.DateTimeField("excluído em", null=True, editable=False)

    objects = RecordQuerySet.as_manager()

    # names whose values are personal data: events carry them apart, lists mask them (security.md)
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True


class Searchable(models.Model):
    """`busca_texto` is what `busca=` looks in: normalised by crm_shared.identity, indexed by trigrams."""

    busca_texto = models.TextField(default="", editable=False)

    class Meta:
        abstract = True

    def search_parts(self) -> list[str]:
        """The texts by which people look for this record."""
        raise NotImplementedError

    def refresh_search_text(self) -> None:
        self.busca_texto = search_text(*self.search_parts())


def _owner(verbose_name: str) -> Any:
    """No index of its own: each model declares (owner, id), which serves the lists that visibility narrows."""
    return models.ForeignKey(
        "crm_shared.Referencia", null=True, on_delete=models.PROTECT, related_name="+", verbose_name=verbose_name, db_index=False
    )


class OwnedRecord(Record):
    """A record that belongs to a person and through that person to a team; visibility rests on both."""

    responsavel = _owner("responsável")
    equipe = _owner("equipe")

    class Meta:
        abstract = True
