"""Which encoding a file has, by a strict order instead of a guess.

Spreadsheet programs write four: UTF-16 and UTF-8 with a mark, UTF-8 without one, and cp1252. The marks are certain, UTF-8 is
strict (accented cp1252 is never valid UTF-8 by chance, for it would take two accents of certain kinds side by side everywhere),
and what is left is cp1252. A statistical detector needs more text than a short list of names has, and answers mac or cp1250 for it.
"""

import codecs
from dataclasses import dataclass

from .errors import UnreadableFile

SAMPLE = 64 * 1024  # bytes, by which everything else about the file is told
ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])  # in cp1252
_DEFINED = bytes(set(range(256)) - set(_UNDEFINED))
_OTHERS = (
    (b"%PDF", "um PDF"),
    (b"\xd0\xcf\x11\xe0", "uma planilha do Excel antigo (.xls); salve-a como .xlsx ou .csv"),
    (b"\x1f\x8b", "um arquivo compactado (gzip)"),
    (b"{", "um JSON"),
    (b"[", "um JSON"),
    (b"<", "HTML ou XML"),
)
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Encoding:
    """`skip` bytes of mark stand before the text."""

    name: str
    skip: int = 0

    @property
    def wide(self) -> bool:
        """Two bytes a character: lines cannot be told apart byte by byte."""
        return self.name.startswith("utf-16")


class Probe:
    """Is fed the whole file piece by piece, while it is stored, and tells afterwards what it is."""

    def __init__(self) -> None:
        self.size = 0
        self.sample = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8, self._is_cp1252, self._nul, self._newline = True, True, False, False

    def feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if len(self.sample) < SAMPLE:
            self.sample += chunk[: SAMPLE - len(self.sample)]
        self._nul = self._nul or b"\0" in chunk
        self._newline = self._newline or b"\n" in chunk
        self._is_cp1252 = self._is_cp1252 and not chunk.translate(None, _DEFINED)
        self._is_utf8 = self._is_utf8 and self._decodes(chunk)

    def _decodes(self, chunk: bytes, *, final: bool = False) -> bool:
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            return False
        return True

    @property
    def is_zip(self) -> bool:
        return self.sample.startswith(ZIP)

    @property
    def old_mac(self) -> bool:
        """Lines end in CR alone."""
        return not self._newline and b"\r" in self.sample

    def encoding(self) -> Encoding:
        """Raises UnreadableFile when it is no text, or text of no encoding that we know."""
        self._refuse_other_kinds()
        for mark, name in _MARKS:
            if self.sample.startswith(mark):
                return self._checked(Encoding(name, len(mark)))
        if wide := self._unmarked_wide():
            return Encoding(wide)
        if self._is_utf8 and self._decodes(b"", final=True):
            return self._checked(Encoding("utf-8"))
        if not self._is_cp1252:
            raise UnreadableFile("A codificação do texto não é UTF-8, UTF-16 nem Windows-1252.", codigo="codificacao_desconhecida")
        return self._checked(Encoding("cp1252"))

    def _refuse_other_kinds(self) -> None:
        if not self.sample.strip():
            raise UnreadableFile("O arquivo está vazio.", codigo="arquivo_vazio")
        for start, name in _OTHERS:
            if self.sample.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
                raise UnreadableFile(f"O arquivo não é um CSV: parece {name}.", codigo="nao_e_planilha")

    def _unmarked_wide(self) -> str:
        """UTF-16 without a mark: in Western text every other byte is zero."""
        head = self.sample[:200]
        odd, even = head[1::2], head[::2]
        if len(head) >= 4 and self._nul:
            if odd.count(0) > len(odd) * 0.8 and not even.count(0):
                return "utf-16-le"
            if even.count(0) > len(even) * 0.8 and not odd.count(0):
                return "utf-16-be"
        return ""

    def _checked(self, encoding: Encoding) -> Encoding:
        if encoding.wide:
            return encoding
        if self._nul:
            raise UnreadableFile("O arquivo contém caracteres nulos: não é um CSV.", codigo="caractere_invalido")
        if encoding.name == "utf-8" and not self._is_utf8:
            raise UnreadableFile("O arquivo diz ser UTF-8 e não é.", codigo="codificacao_desconhecida")
        return encoding
