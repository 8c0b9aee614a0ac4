"""Taking in one file of a multipart/form-data body: written to disk as it comes, judged when it is there, never whole in memory."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files import File
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser

from ..api.parsers import FileTooLarge
from ..records.models import uuid7
from .kinds import KINDS, Content
from .names import clean_name, extension_of

FIELD = "arquivo"
_FRAME = 64 * 1024  # bytes that the form itself may take, around the file
_INCOMPLETE = "O corpo não é um formulário multipart/form-data inteiro."


def _refused(code: str, text: str) -> ValidationError:
    return ValidationError({FIELD: [ErrorDetail(text, code=code)]})


def _too_large() -> FileTooLarge:
    return FileTooLarge(f"O arquivo passa de {settings.ATTACHMENT_MAX_BYTES} bytes.")


class Upload:
    """A received file, in a nameless one on disk. Its id tells when it was here, and is the attachment's should it become one."""

    def __init__(self, name: str) -> None:
        os.makedirs(settings.FILES_DIR, mode=0o700, exist_ok=True)
        # beside the files, for a container's /tmp is small and in memory
        self.file = File(tempfile.TemporaryFile(dir=settings.FILES_DIR))  # noqa: SIM115 - ends with the upload
        self.id: UUID = uuid7()
        self.nome, self.tipo, self.tamanho = clean_name(name), "", 0
        self._hash, self._content = hashlib.sha256(), Content()

    def feed(self, piece: bytes) -> None:
        self.tamanho += len(piece)
        if self.tamanho > settings.ATTACHMENT_MAX_BYTES:
            raise _too_large()
        self.file.write(piece)
        self._hash.update(piece)
        self._content.feed(piece)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def digest(self) -> str:
        """What makes two bodies the same one, for Idempotency-Key."""
        return f"{self.sha256} {self.nome}"

    def judge(self) -> None:
        """Raises ValidationError for what may not be attached."""
        self.id = uuid7()
        self.file.seek(0)
        if not self.tamanho:
            raise _refused("arquivo_vazio", "O arquivo está vazio.")
        kind = KINDS.get(extension_of(self.nome))
        if kind is None:
            raise _refused("tipo_nao_aceito", f"Envie um destes tipos: {', '.join(KINDS)}.")
        if not kind.check(self._content):
            raise _refused("conteudo_diferente", f"O conteúdo não é o de um arquivo .{extension_of(self.nome)}.")
        self.tipo = kind.tipo


class _Handler(FileUploadHandler):
    """Gets the parts that are files; there must be one."""

    upload: Upload | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        if field_name != FIELD:
            raise _unknown([field_name])
        if self.upload:
            raise _refused("arquivos_demais", "Envie um arquivo de cada vez.")
        self.upload = Upload(file_name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.upload
        self.upload.feed(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Nothing: `receive` has the file."""

    def upload_interrupted(self) -> None:
        raise ParseError(_INCOMPLETE, code="multipart_invalido")


def _unknown(names: list[str]) -> ValidationError:
    return ValidationError({name[:100]: [ErrorDetail("Campo desconhecido.", code="campo_desconhecido")] for name in names})


class UploadParser(BaseParser):
    """Gives {"arquivo": Upload}."""

    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        meta = (parser_context or {})["request"].META
        _refuse_length(meta)
        handler = _Handler()
        try:
            fields, _ = MultiPartParser(meta, stream, [handler], "utf-8").parse()
        except RequestDataTooBig:
            raise
        except (MultiPartParserError, SuspiciousOperation):
            raise ParseError(_INCOMPLETE, code="multipart_invalido") from None
        if others := [name for name in fields if name != FIELD]:
            raise _unknown(others)
        return {FIELD: handler.upload}


def _refuse_length(meta: Mapping[str, Any]) -> None:
    """Before a byte is read: a body that tells no length, or one that is too large in any case."""
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise _refused("tamanho_ausente", "Envie o arquivo com o cabeçalho Content-Length.")
    if int(meta.get("CONTENT_LENGTH") or 0) > settings.ATTACHMENT_MAX_BYTES + _FRAME:
        raise _too_large()


def received(data: Any) -> Upload:
    """The judged file of a parsed body. Raises ValidationError."""
    upload = data.get(FIELD) if isinstance(data, Mapping) else None
    if not isinstance(upload, Upload):
        raise _refused("required", "Envie um arquivo, com nome, neste campo.")
    upload.judge()
    return upload
