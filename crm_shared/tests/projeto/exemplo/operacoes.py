from typing import Any
from uuid import UUID

from crm_shared.errors import Forbidden, Invalid
from crm_shared.operations.each import Each, Failure
from crm_shared.operations.kinds import Kind, Portion
from crm_shared.operations.models import ItemOperacao, Operacao

from .services import criar_coisa, excluir_coisa


class Contagem(Kind):
    """Makes things called 0, 1, 2…; refuses, after having written, those of `recusar`."""

    undoable = True

    def __init__(self) -> None:
        self.each = Each()

    def portion(self, operacao: Operacao, cursor: Any) -> Portion:
        wanted = operacao.parametros
        if wanted.get("veneno"):
            raise ValueError("veneno")
        if wanted.get("negar"):
            raise Forbidden
        first = cursor or 0
        last = min(first + wanted.get("porcao", 2), wanted["ate"])
        items = [self.item(operacao, number) for number in range(first, last)]
        errors = sum(item.status >= 400 for item in items)
        return Portion(last, len(items), errors, last == wanted["ate"], items, total=wanted["ate"], resultado={"ultimo": last - 1})

    def item(self, operacao: Operacao, number: int) -> ItemOperacao:
        done = self.each.run(number, lambda: self.make(operacao, number))
        if isinstance(done, Failure):
            return ItemOperacao(operacao=operacao, indice=number, status=done.status, erros=done.erros)
        return ItemOperacao(operacao=operacao, indice=number, status=201, registro_id=done, versao=1, antes={})

    def make(self, operacao: Operacao, number: int) -> UUID:
        coisa = criar_coisa(ator=operacao.ator, dados={"nome": str(number)})
        if number in operacao.parametros.get("recusar", ()):
            raise Invalid("recusado", campo="nome")
        return coisa.pk

    def undo(self, operacao: Operacao, item: ItemOperacao) -> str:
        assert item.registro_id
        excluir_coisa(ator=operacao.ator, pk=item.registro_id)
        return "sim"
