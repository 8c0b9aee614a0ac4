"""What is wrong with an expression, and where."""


class QError(ValueError):
    """`posicao` counts characters from 0; `mensagem` says what was expected there."""

    def __init__(self, codigo: str, mensagem: str, posicao: int) -> None:
        super().__init__(f"{mensagem} (posição {posicao})")
        self.codigo, self.mensagem, self.posicao = codigo, mensagem, posicao
