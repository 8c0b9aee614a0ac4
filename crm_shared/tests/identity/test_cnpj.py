import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.identity.documents import clean_cnpj, cnpj_root, format_cnpj

from .refusals import refusal


def check_digits(base: str) -> str:
    """The rule as IN RFB 2.229/2024 tells it, written apart from the library."""
    digits = ""
    for _ in range(2):
        total = 0
        weight = 2
        for char in reversed(base + digits):
            total += (ord(char) - 48) * weight
            weight = 2 if weight == 9 else weight + 1
        rest = total % 11
        digits += "0" if rest < 2 else str(11 - rest)
    return digits


bases = st.text(string.digits + string.ascii_uppercase, min_size=12, max_size=12).filter(lambda base: len(set(base)) > 1)


@pytest.mark.parametrize(
    "cnpj",
    ["12ABC34501DE35", "AA345678000A29", "12345678000A08", "ZZZZZZZZZZZZ62", "A0000000000113", "00000000000191", "33000167000101"],
)
def test_numeric_and_alphanumeric_are_accepted_bare_and_masked(cnpj: str) -> None:
    assert clean_cnpj(cnpj) == cnpj
    assert clean_cnpj(format_cnpj(cnpj)) == cnpj


def test_lower_case_is_made_upper_case() -> None:
    assert clean_cnpj("12.abc.345/01de-35") == "12ABC34501DE35"


@pytest.mark.parametrize(
    "raw", ["11222333/0001-81", "112223330001-81", " 11.222.333 / 0001 - 81\u00a0", "11 222 333 0001 81", "11.222.333/0001\u201381"]
)
def test_part_of_the_mask_in_its_place_is_enough(raw: str) -> None:
    assert clean_cnpj(raw) == "11222333000181"


@pytest.mark.parametrize("raw", ["12ABC34501DE36", "12ABC34501DE3A", "12ABC34501DEAA", "1122233300018", "112223330001811", "", " "])
def test_wrong_digit_letter_in_the_digits_and_wrong_length_are_refused(raw: str) -> None:
    assert refusal(clean_cnpj, raw) == "cnpj_invalido"


@pytest.mark.parametrize("char", ["0", "1", "Z"])
def test_one_repeated_character_is_refused(char: str) -> None:
    assert refusal(clean_cnpj, char * 14) == "cnpj_invalido"


@pytest.mark.parametrize(
    "raw",
    [
        "12.A-BC.345/01DE-35",
        "1.2ABC34501DE35",
        "12ABC345O1DE35",
        "１２ABC34501DE35",
        "\u0661\u0661222333000181",
        "ÁBC34567000100",
        "11222333000181\0",
        "11222333\n000181",
        "12#ABC#34501DE35",
    ],
)
def test_misplaced_mask_letter_o_and_other_scripts_are_refused(raw: str) -> None:
    assert refusal(clean_cnpj, raw) == "cnpj_invalido"


def test_long_s_does_not_become_an_s() -> None:
    with_s = "12SBC34501DE" + check_digits("12SBC34501DE")
    assert clean_cnpj(with_s) == with_s
    assert refusal(clean_cnpj, with_s.replace("S", "ſ")) == "cnpj_invalido"


def test_root_is_shared_by_head_office_and_branch() -> None:
    assert cnpj_root(clean_cnpj("33.683.111/0002-80")) == "33683111"


@given(bases)
def test_the_independent_digits_are_accepted_in_every_form(base: str) -> None:
    cnpj = base + check_digits(base)
    assert clean_cnpj(cnpj) == clean_cnpj(cnpj.lower()) == clean_cnpj(format_cnpj(cnpj)) == cnpj


@given(bases, st.integers(1, 99))
def test_no_other_digits_are_accepted(base: str, shift: int) -> None:
    wrong = (int(check_digits(base)) + shift) % 100
    assert refusal(clean_cnpj, f"{base}{wrong:02}") == "cnpj_invalido"


def test_shared_vectors(vectors: dict[str, Any]) -> None:
    valid, invalid = vectors["cnpj_validos"], vectors["cnpj_invalidos"]
    assert [row for row in valid if clean_cnpj(row["mascara"]) != row["cnpj"] or format_cnpj(row["cnpj"]) != row["mascara"]] == []
    # The remark after the number tells why the libraries disagree; lower case is the one form that we take ("depends").
    accepted = [row["cnpj"] for row in invalid if refusal(clean_cnpj, row["cnpj"].split(" (")[0]) is None]
    assert accepted == [row["cnpj"] for row in invalid if row["proprio"] == "depends"]
