"""What makes a whole file unreadable; a bad row is no error of the file (reading.Row.error)."""

from ..errors import Invalid


class UnreadableFile(Invalid):
    codigo = "arquivo_invalido"
    detail = "O arquivo não pôde ser lido como planilha."

    def __init__(self, detail: str | None = None, *, codigo: str | None = None) -> None:
        super().__init__(detail, codigo=codigo, campo="arquivo")
