"""Taking a file in: stored as it comes, told apart afterwards; nothing of it is ever whole in memory."""

import codecs
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from ..errors import Invalid
from ..records.models import uuid7
from ..tables.encodings import Encoding, Probe
from ..tables.errors import UnreadableFile
from ..tables.layout import detect, header
from ..tables.reading import Layout, Position
from ..tables.workbook import to_csv

_PIECE = 256 * 1024
FOLDER = "importacoes"


class TooLarge(Invalid):
    codigo = "arquivo_grande_demais"


@dataclass(frozen=True)
class Received:
    """A stored CSV in UTF-8 or cp1252, and how to read it."""

    arquivo: str
    tamanho: int
    codificacao: str
    separador: str
    colunas: list[str]
    inicio: Position


def receive(stream: Any) -> Received:
    """Raises UnreadableFile or TooLarge; then nothing is stored."""
    with _scratch() as spool:
        probe = Probe()
        for piece in _pieces(stream):
            probe.feed(piece)
            spool.write(piece)
        if probe.is_zip:
            return _workbook(spool)
        encoding = probe.encoding()
        if encoding.wide or probe.old_mac:
            return _transcoded(spool, encoding)
        return _kept(spool, encoding, probe.size)


def _scratch() -> Any:
    """Beside the files, for a container's /tmp is small and in memory."""
    os.makedirs(settings.FILES_DIR, mode=0o700, exist_ok=True)
    return tempfile.TemporaryFile(dir=settings.FILES_DIR)


def _pieces(stream: Any) -> Iterator[bytes]:
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > settings.IMPORT_MAX_BYTES:
            raise TooLarge(f"O arquivo passa de {settings.IMPORT_MAX_BYTES} bytes.", campo="arquivo")
        yield piece


def _workbook(spool: BinaryIO) -> Received:
    with _scratch() as text:
        to_csv(spool, text)
        return _kept(text, Encoding("utf-8"), text.tell(), separator=";")


def _transcoded(spool: BinaryIO, encoding: Encoding) -> Received:
    """As UTF-8 with LF, in which a byte position is a place between two lines."""
    spool.seek(encoding.skip)
    decoder = codecs.getincrementaldecoder(encoding.name)()
    with _scratch() as text:
        try:
            while piece := spool.read(_PIECE):
                text.write(_one_newline(decoder.decode(piece)))
            text.write(_one_newline(decoder.decode(b"", True)))
        except UnicodeError:
            raise UnreadableFile("O arquivo diz ser UTF-16 e não é.", codigo="codificacao_desconhecida") from None
        return _kept(text, Encoding("utf-8"), text.tell())


def _one_newline(text: str) -> bytes:
    if "\0" in text:
        raise UnreadableFile("O arquivo contém caracteres nulos: não é um CSV.", codigo="caractere_invalido")
    return (text if "\n" in text else text.replace("\r", "\n")).encode("utf-8")


def _kept(spool: BinaryIO, encoding: Encoding, size: int, separator: str = "") -> Received:
    layout, at = detect(spool, encoding)
    if separator:
        layout = Layout(layout.encoding, separator)
    names, start = header(spool, layout, at)
    spool.seek(0)
    name = default_storage.save(f"{FOLDER}/{uuid7()}.csv", File(spool))
    return Received(name, size, layout.encoding, layout.separator, names, start)
