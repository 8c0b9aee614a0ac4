"""Rows made and written at once are those that Django itself would make and write."""

from datetime import timedelta
from decimal import Decimal

import pytest
from projeto.exemplo.models import Coisa

from crm_shared.bulk_insert import insert_all, unsaved
from crm_shared.db import atomic, is_mongo
from crm_shared.events.models import Evento
from crm_shared.records.models import uuid7

pytestmark = pytest.mark.django_db


def test_an_unsaved_row_has_the_defaults_of_its_columns():
    row, made = unsaved(Coisa, nome="cadeira", valor=Decimal("1.50")), Coisa(nome="cadeira", valor=Decimal("1.50"))
    moments = ("id", "criado_em", "atualizado_em")
    assert [getattr(row, item.attname) for item in Coisa._meta.concrete_fields if item.name not in moments] == [
        getattr(made, item.attname) for item in Coisa._meta.concrete_fields if item.name not in moments
    ]
    assert row._state.adding
    assert row.extras is not unsaved(Coisa, nome="mesa").extras


def test_an_unknown_column_is_a_mistake():
    with pytest.raises(TypeError, match="cor"):
        unsaved(Coisa, cor="azul")


def test_what_is_written_is_read_again():
    dados = {"texto": 'aspas "duplas"\te\nlinhas \\ ção', "numero": 2**70, "nada": None, "lista": [1, {"a": False}]}
    rows = [unsaved(Evento, tipo="a", agregado="b", agregado_id=uuid7(), versao=1, dados=dados, ator="x", rastro="y")]
    if is_mongo():
        dados.pop("numero")  # BSON has no such number
    with atomic():
        insert_all(rows)
    found = Evento.objects.get(pk=rows[0].pk)
    assert (found.dados, found.mudancas) == (dados, [])
    assert abs(found.criado_em - rows[0].criado_em) < timedelta(milliseconds=1)
    assert not rows[0]._state.adding
