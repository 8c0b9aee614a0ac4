"""Events gathered for many items: those of a refused item go with it."""

import pytest
from projeto.exemplo.models import Coisa
from projeto.exemplo.services import criar_coisa

from crm_shared.db import atomic
from crm_shared.errors import Invalid
from crm_shared.events.models import Evento
from crm_shared.operations.each import Each
from crm_shared.records.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_item_refused_after_its_event_tells_nothing(ator):
    each = Each()

    def make(nome):
        coisa = criar_coisa(ator=ator, dados={"nome": nome})
        if nome == "b":
            raise Invalid("recusado", campo="nome")
        return coisa

    @atomic
    def write():
        with together():
            for nome in "abc":
                each.run(nome, lambda nome=nome: make(nome))

    write()
    assert sorted(Coisa.objects.values_list("nome", flat=True)) == ["a", "c"]
    assert Evento.objects.count() == 2
