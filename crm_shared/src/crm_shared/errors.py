"""What a service function may refuse. They know no HTTP: crm_shared.api.errors maps each class to its status."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auth.fields import FieldAccess


class DomainError(Exception):
    """Base of a domain's own errors: `codigo` is stable for clients, `detail` is pt-BR prose for people.

    `campo` names the field at fault, `extra` adds members to the problem document (for instance the id of a holder).
    """

    codigo = "erro_de_dominio"
    detail = "Não foi possível concluir a operação."

    def __init__(self, detail: str | None = None, *, codigo: str | None = None, campo: str | None = None, **extra: Any) -> None:
        self.detail = detail or self.detail
        self.codigo = codigo or self.codigo
        self.campo = campo
        self.extra = extra
        super().__init__(self.detail)


class Invalid(DomainError):
    """A value that the shape allows and the domain does not (400)."""

    codigo = "invalido"


class NotAuthenticated(DomainError):
    """Nobody proved who calls: a wrong password, an ended session (401)."""

    codigo = "token_invalido"
    detail = "Não foi possível identificar quem chama."


class Forbidden(DomainError):
    """The caller may see the record and may not do this to it (403)."""

    codigo = "sem_permissao"
    detail = "Você não tem permissão para esta ação."


class NotFound(DomainError):
    """Absent, or not visible to the caller (404)."""

    codigo = "nao_encontrado"
    detail = "Não encontrado."


class Conflict(DomainError):
    """Clashes with what is there: a duplicate, a repeated transition (409)."""

    codigo = "conflito"


class Stale(DomainError):
    """The caller's version is old and somebody else changed the same fields (412)."""

    codigo = "versao_desatualizada"
    detail = "O registro foi alterado por outra pessoa nos mesmos campos."

    def __init__(
        self, detail: str | None = None, *, conflitos: Sequence[dict[str, Any]] = (), pessoais: frozenset[str] = frozenset()
    ) -> None:
        """`pessoais` are the names of personal fields, which any of `conflitos` may be about."""
        super().__init__(detail)
        self.extra = {"conflitos": [*conflitos]} if conflitos else {}
        self.pessoais = pessoais

    def conflicts(self, access: "FieldAccess") -> list[dict[str, Any]]:
        """Of a personal or masked field that is not seen only that it changed and what the caller sent; of a hidden one nothing."""
        told = [item for item in self.extra.get("conflitos", []) if not access.hides(item["campo"])]
        return [{"campo": item["campo"], "enviado": item["enviado"]} if self._veiled(item["campo"], access) else item for item in told]

    def _veiled(self, campo: str, access: "FieldAccess") -> bool:
        return access.closes(campo) or (campo in self.pessoais and not access.personal)


class RuleRefused(DomainError):
    """A business rule refuses a well-formed request (422)."""

    codigo = "regra_recusa"


class TooMany(DomainError):
    """Too often, or too much at once; worth another try after `retry_after` whole seconds (429)."""

    codigo = "muitas_requisicoes"
    detail = "Muitas tentativas. Aguarde e tente de novo."

    def __init__(self, detail: str | None = None, *, retry_after: int, **members: Any) -> None:
        super().__init__(detail, **members)
        self.retry_after = retry_after
