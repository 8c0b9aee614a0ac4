import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.identity.documents import clean_cpf, format_cpf, mask_cpf

from .refusals import refusal


def check_digits(base: str) -> str:
    digits = ""
    for _ in range(2):
        total = sum(int(char) * weight for weight, char in enumerate(reversed(base + digits), start=2))
        digits += "0" if total % 11 < 2 else str(11 - total % 11)
    return digits


bases = st.text(string.digits, min_size=9, max_size=9).filter(lambda base: len(set(base)) > 1)


@pytest.mark.parametrize("raw", ["52998224725", "529.982.247-25", "529982247-25", " 529 982 247 25 "])
def test_bare_and_masked_are_one(raw: str) -> None:
    assert clean_cpf(raw) == "52998224725"


def test_leading_zeros_are_kept() -> None:
    assert format_cpf(clean_cpf("00000000191")) == "000.000.001-91"


@pytest.mark.parametrize("digit", string.digits)
def test_one_repeated_digit_is_refused(digit: str) -> None:
    assert refusal(clean_cpf, digit * 11) == "cpf_invalido"


@pytest.mark.parametrize(
    "raw",
    ["52998224724", "5299822472", "191", "529982247255", "529.982.247-2A", "52.9982.247-25", "５2998224725", "529982247\u0662\u0665", "\0"],
)
def test_wrong_digit_length_mask_or_script_is_refused(raw: str) -> None:
    assert refusal(clean_cpf, raw) == "cpf_invalido"


def test_mask_shows_only_the_middle() -> None:
    assert mask_cpf("52998224725") == "***.982.247-**"
    assert mask_cpf("") == mask_cpf("5299822472") == "***"


@given(bases, st.integers(1, 99))
def test_only_the_independent_digits_are_accepted(base: str, shift: int) -> None:
    right = check_digits(base)
    assert clean_cpf(base + right) == base + right
    assert refusal(clean_cpf, f"{base}{(int(right) + shift) % 100:02}") == "cpf_invalido"


def test_shared_vectors(vectors: dict[str, Any]) -> None:
    assert [row for row in vectors["cpf_validos"] if clean_cpf(row["mascara"]) != row["cpf"]] == []
    assert [row for row in vectors["cpf_invalidos"] if refusal(clean_cpf, row["cpf"]) is None] == []
