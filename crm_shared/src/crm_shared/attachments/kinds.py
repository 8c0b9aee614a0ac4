"""What may be attached: the extensions that we take, and what the content of each must look like.

A table of our own, for the question is not "what could this be?", which libraries of magic numbers answer with a guess
(`filetype` knows no text and no .doc, `puremagic` takes every zip for a .docx), but "is it what its name says?".
Nothing that a browser would run is in it: no HTML, no SVG, no script, no program.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

EDGE = 64 * 1024  # bytes at either end by which a content is judged

_CONTROL = bytes({*range(32), 127} - set(b"\t\n\x0b\x0c\r\x1b"))  # never in text of one byte a character
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"


@dataclass
class Content:
    """What is kept of a content while it passes: its two ends, and whether all of it could be text."""

    head: bytes = b""
    tail: bytes = b""
    plain: bool = field(default=True)

    def feed(self, piece: bytes) -> None:
        if len(self.head) < EDGE:
            self.head += piece[: EDGE - len(self.head)]
        self.tail = (self.tail + piece)[-EDGE:]
        self.plain = self.plain and len(piece.translate(None, _CONTROL)) == len(piece)

    @property
    def is_text(self) -> bool:
        return self.plain or self.head.startswith(_WIDE)


Check = Callable[[Content], bool]


@dataclass(frozen=True)
class Kind:
    tipo: str
    check: Check


def _starts(*marks: bytes, at: int = 0) -> Check:
    return lambda content: content.head[at:].startswith(marks)


def _office(part: bytes) -> Check:
    """A zip with the part that makes it a document: named near the beginning, and again in the directory at the end."""
    return lambda content: content.head.startswith(_ZIP) and (part in content.head or part in content.tail)


def _open_document(tipo: str) -> Check:
    """A zip whose first member says what it is, uncompressed."""
    return lambda content: content.head.startswith(_ZIP) and content.head[30:].startswith(b"mimetype" + tipo.encode())


def _is_xml(content: Content) -> bool:
    return content.is_text and content.head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")


_pdf = Kind("application/pdf", lambda content: b"%PDF-" in content.head[:1024])
_ole = _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_jpeg = Kind("image/jpeg", _starts(b"\xff\xd8\xff"))
_tiff = Kind("image/tiff", _starts(b"II*\0", b"MM\0*"))
_OPEN = "application/vnd.oasis.opendocument."
_OFFICE = "application/vnd.openxmlformats-officedocument."

KINDS: dict[str, Kind] = {
    "pdf": _pdf,
    "png": Kind("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "gif": Kind("image/gif", _starts(b"GIF87a", b"GIF89a")),
    "webp": Kind("image/webp", lambda content: content.head[:4] == b"RIFF" and content.head[8:12] == b"WEBP"),
    "heic": Kind("image/heic", _starts(b"ftyphe", b"ftypmif1", b"ftypmsf1", at=4)),
    "tif": _tiff,
    "tiff": _tiff,
    "docx": Kind(_OFFICE + "wordprocessingml.document", _office(b"word/document.xml")),
    "xlsx": Kind(_OFFICE + "spreadsheetml.sheet", _office(b"xl/workbook.xml")),
    "pptx": Kind(_OFFICE + "presentationml.presentation", _office(b"ppt/presentation.xml")),
    "odt": Kind(_OPEN + "text", _open_document(_OPEN + "text")),
    "ods": Kind(_OPEN + "spreadsheet", _open_document(_OPEN + "spreadsheet")),
    "odp": Kind(_OPEN + "presentation", _open_document(_OPEN + "presentation")),
    "doc": Kind("application/msword", _ole),
    "xls": Kind("application/vnd.ms-excel", _ole),
    "ppt": Kind("application/vnd.ms-powerpoint", _ole),
    "msg": Kind("application/vnd.ms-outlook", _ole),
    "rtf": Kind("application/rtf", _starts(b"{\\rtf")),
    "zip": Kind("application/zip", _starts(_ZIP)),
    "txt": Kind("text/plain", lambda content: content.is_text),
    "csv": Kind("text/csv", lambda content: content.is_text),
    "json": Kind("application/json", lambda content: content.is_text),
    "eml": Kind("message/rfc822", lambda content: content.is_text),
    "xml": Kind("application/xml", _is_xml),
    "mp3": Kind("audio/mpeg", _starts(b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")),
    "ogg": Kind("audio/ogg", _starts(b"OggS")),
    "wav": Kind("audio/wav", lambda content: content.head[:4] == b"RIFF" and content.head[8:12] == b"WAVE"),
    "m4a": Kind("audio/mp4", _starts(b"ftyp", at=4)),
    "mp4": Kind("video/mp4", _starts(b"ftyp", at=4)),
    "mov": Kind("video/quicktime", _starts(b"ftyp", b"moov", b"wide", b"mdat", b"free", at=4)),
}
