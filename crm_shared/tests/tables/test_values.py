"""Cells as Brazilians fill them in."""

import pytest
from rest_framework import serializers

from crm_shared.imports.values import BadCell, cell_text, reader_of


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        (serializers.DecimalField(18, 2), "R$ 1.234,56", "1234.56"),
        (serializers.DecimalField(18, 2), "33396,65", "33396.65"),
        (serializers.DecimalField(18, 2), "1234.5", "1234.5"),
        (serializers.DecimalField(18, 2), "1,234.56", "1234.56"),
        (serializers.DecimalField(18, 2), "1.234", "1234"),
        (serializers.DecimalField(18, 2), "-7", "-7"),
        (serializers.IntegerField(), "1.500", 1500),
        (serializers.DateField(), "05/03/2026", "2026-03-05"),
        (serializers.DateField(), "5-3-26", "2026-03-05"),
        (serializers.DateField(), "05.03.1988", "1988-03-05"),
        (serializers.DateField(), "2026-03-05 00:00:00", "2026-03-05"),
        (serializers.DateTimeField(), "05/03/2026 14:30", "2026-03-05T14:30:00-03:00"),
        (serializers.DateTimeField(), "2026-03-05", "2026-03-05T00:00:00-03:00"),
        (serializers.DateTimeField(), "2026-03-05T14:30:00Z", "2026-03-05T14:30:00Z"),
        (serializers.BooleanField(), "Sim", True),
        (serializers.BooleanField(), "NÃO", False),
        (serializers.BooleanField(), "x", True),
        (serializers.ChoiceField([("indicacao", "indicação"), ("site", "site")]), "INDICAÇÃO", "indicacao"),
        (serializers.ChoiceField([("rede_social", "rede social")]), "Rede-Social", "rede_social"),
        (serializers.CharField(), "qualquer", "qualquer"),
    ],
)
def test_it_reads(field, cell, value):
    assert reader_of(field)(cell) == value


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        (serializers.DecimalField(18, 2), "1.23.4"),
        (serializers.DecimalField(18, 2), "9" * 400),
        (serializers.DecimalField(18, 2), "NaN"),
        (serializers.IntegerField(), "1,5"),
        (serializers.IntegerField(), "9" * 18),
        (serializers.DateField(), "31/02/2026"),
        (serializers.DateField(), "12/31/2026"),
        (serializers.DateField(), "ontem"),
        (serializers.DateTimeField(), "05/03/2026 25:00"),
        (serializers.BooleanField(), "talvez"),
    ],
)
def test_it_refuses(field, cell):
    if cell == "9" * 18:
        assert reader_of(field)(cell) == int(cell)  # the field's own limit refuses it
        return
    with pytest.raises(BadCell):
        reader_of(field)(cell)


def test_words_of_a_resource_mean_choices():
    assert reader_of(serializers.ChoiceField(["anuncio"]), {"Google Ads": "anuncio"})("google ads") == "anuncio"


def test_blanks_and_the_apostrophe_of_our_own_exports_go():
    assert cell_text("\u00a0 x \r\n") == "x"
    assert cell_text("'=1+1") == "=1+1"
    with pytest.raises(BadCell):
        cell_text("x" * 20_001)
