import pytest

from crm_shared.identity.addresses import UFS, clean_cep, format_cep

from .refusals import refusal


@pytest.mark.parametrize("raw", ["01001000", "01001-000", "01.001-000", " 01001 000 ", "01001\u2013000"])
def test_cep_keeps_its_leading_zero(raw: str) -> None:
    assert clean_cep(raw) == "01001000"
    assert format_cep(clean_cep(raw)) == "01001-000"


@pytest.mark.parametrize(
    "raw", ["1001000", "010010000", "0100-1000", "00000000", "01001-00O", "０1001000", "01001000\0", "", 1001000, None]
)
def test_what_is_no_cep_is_refused(raw: object) -> None:
    assert refusal(clean_cep, raw) == "cep_invalido"


def test_there_are_27_federative_units() -> None:
    assert len(UFS) == 27
    assert UFS["SP"] == "São Paulo"
    assert "EX" not in UFS
