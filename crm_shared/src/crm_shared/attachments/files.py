"""Where the bytes of attachments lie: written before the row that tells of them, and swept away when no row does (ADR 31)."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.utils import timezone
from rest_framework.exceptions import APIException

from ..extensions.models import Anexo
from ..observability.logs import get_logger
from .receiving import Upload

logger = get_logger("crm.anexos")

KEPT_FOR = timedelta(days=30)  # the bytes of a deleted attachment
_UNCLAIMED = timedelta(hours=1)  # far longer than the transaction takes that claims them
_LOOKED_BACK = 7  # days: for so long nobody may have swept
_AT_ONCE = 500


class FilesOut(APIException):
    status_code = 503
    default_code = "armazenamento_indisponivel"
    default_detail = "O armazenamento de arquivos não respondeu. Tente de novo."
    retry_after = 5


def storage() -> Storage:
    return storages["anexos"]


def name_of(pk: UUID) -> str:
    """Of the id alone, never of what people wrote. A folder for each day, so that the newest can be told from millions."""
    return f"{_folder(_moment(pk))}/{pk}"


def _folder(at: datetime) -> str:
    return f"anexos/{settings.SERVICE}/{at:%Y-%m-%d}"


def _moment(pk: UUID) -> datetime:
    return datetime.fromtimestamp((pk.int >> 80) / 1000, UTC)  # RFC 9562: the first 48 bits of a UUIDv7 are milliseconds


def store(upload: Upload) -> None:
    """To last, before anybody is told of it. Raises FilesOut."""
    try:
        name = storage().save(name_of(upload.id), upload.file)
        _to_disk(name)
    except OSError as error:
        logger.error("armazenamento de arquivos indisponivel", exc_info=error)
        raise FilesOut from error


def _to_disk(name: str) -> None:
    """As the stores do with what they acknowledge; a bucket sees to it itself."""
    try:
        path = storage().path(name)
    except NotImplementedError:
        return
    for place in (path, os.path.dirname(path)):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def discard(pk: UUID) -> None:
    """Should it fail, the sweep comes."""
    try:
        storage().delete(name_of(pk))
    except OSError as error:
        logger.warning("arquivo nao apagado", exc_info=error)


def opened(anexo: Anexo) -> Any:
    """Raises FileNotFoundError, FilesOut."""
    try:
        return storage().open(name_of(anexo.pk), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        logger.error("armazenamento de arquivos indisponivel", exc_info=error)
        raise FilesOut from error


def sweep() -> None:
    """The bytes that no row names, for its transaction did not commit; and those of attachments deleted a month ago."""
    now = timezone.now()
    for day in range(_LOOKED_BACK + 1):
        old = [pk for pk in _stored_on(now - timedelta(days=day)) if _moment(pk) < now - _UNCLAIMED]
        for first in range(0, len(old), _AT_ONCE):
            pks = old[first : first + _AT_ONCE]
            known = set(Anexo.objects.filter(pk__in=pks).values_list("pk", flat=True))
            for pk in set(pks) - known:
                storage().delete(name_of(pk))
    # an hour later than restoring becomes impossible, so that nobody restores what is just going
    gone = Anexo.objects.filter(guardado=True, excluido_em__lt=now - KEPT_FOR - _UNCLAIMED).order_by("excluido_em")
    for pk in list(gone.values_list("pk", flat=True)[: 10 * _AT_ONCE]):
        storage().delete(name_of(pk))
        Anexo.objects.filter(pk=pk).update(guardado=False)


def _stored_on(day: datetime) -> list[UUID]:
    try:
        return [UUID(name) for name in storage().listdir(_folder(day))[1]]
    except FileNotFoundError:
        return []
