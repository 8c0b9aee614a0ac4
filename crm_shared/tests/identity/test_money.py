from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.identity.money import parse_brl, round_money

from .refusals import refusal


@pytest.mark.parametrize("raw", ["1.234,56", "1234,56", "R$ 1.234,56", "R$1.234,56", "R$\u00a01.234,56", " R$ 1234,56 "])
def test_brazilian_forms_of_one_amount(raw: str) -> None:
    assert parse_brl(raw) == Decimal("1234.56")


@pytest.mark.parametrize(
    ("raw", "amount"), [("1.234", "1234"), ("0,5", "0.5"), ("1.234.567,89", "1234567.89"), ("0", "0"), ("1,005", "1.005")]
)
def test_the_dot_groups_and_the_comma_divides(raw: str, amount: str) -> None:
    assert parse_brl(raw) == Decimal(amount)


@pytest.mark.parametrize("raw", ["-R$ 50,10", "R$ -50,10", "-50,10", "\u221250,10"])
def test_minus_stands_before_or_after_the_currency(raw: str) -> None:
    assert parse_brl(raw) == Decimal("-50.10")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "R$",
        "-",
        "1.23",
        "1,234.56",
        "12.34,5",
        "1234.567,00",
        "1,",
        ",5",
        "--1",
        "-R$ -1",
        "1e5",
        "NaN",
        "US$ 1,00",
        "１,00",
        "9" * 19,
        None,
    ],
)
def test_ambiguous_foreign_and_huge_amounts_are_refused(raw: object) -> None:
    assert refusal(parse_brl, raw) == "valor_invalido"


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("0.015", "0.02"), ("0.025", "0.03"), ("-0.005", "-0.01"), ("2.674999", "2.67")]
)
def test_halves_round_away_from_zero(amount: str, rounded: str) -> None:
    assert str(round_money(Decimal(amount))) == rounded


def test_rounding_gives_no_negative_zero_and_refuses_what_is_no_amount() -> None:
    assert str(round_money(Decimal("-0.004"))) == "0.00"
    assert {refusal(round_money, Decimal(bad)) for bad in ("NaN", "sNaN", "Infinity", "1e40")} == {"valor_invalido"}


@given(st.decimals(-(10**15), 10**15, places=2))
def test_every_amount_survives_its_brazilian_form(amount: Decimal) -> None:
    brazilian = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_brl(f"R$ {brazilian}") == round_money(amount) == amount


def test_shared_vectors(vectors: dict[str, Any]) -> None:
    assert [row for row in vectors["brl_parse"] if parse_brl(row["texto"]) != Decimal(row["valor"])] == []
    # Babel wrote these; where there is half a cent it rounded to the even digit, and we do not.
    exact = [row for row in vectors["brl"] if round_money(Decimal(str(row["valor"]))) == Decimal(str(row["valor"]))]
    assert len(exact) == 5
    assert [row for row in exact if parse_brl(row["pt_BR"]) != Decimal(str(row["valor"]))] == []
