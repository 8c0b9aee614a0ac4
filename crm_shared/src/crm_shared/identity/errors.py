"""The one error that every cleaning function raises."""


class IdentityError(ValueError):
    """`code` is stable and snake_case, for programs; `message` is pt-BR, for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
