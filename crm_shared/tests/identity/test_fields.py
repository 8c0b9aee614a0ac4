from typing import Any

import pytest
from drf_spectacular.plumbing import build_basic_type, get_override
from rest_framework import serializers

from crm_shared.identity.fields import CEPField, CleanEmailField, CNPJField, CPFField, PhoneField

EXAMPLES = [
    (CNPJField, "12.abc.345/01de-35", "12ABC34501DE35"),
    (CPFField, "529.982.247-25", "52998224725"),
    (CEPField, "01001-000", "01001000"),
    (CleanEmailField, "Ana@Example.com", "ana@example.com"),
    (PhoneField, "(11) 8765-4321", "+5511987654321"),
]
CODES = ["cnpj_invalido", "cpf_invalido", "cep_invalido", "email_invalido", "telefone_invalido"]


def codes(field: serializers.Field, value: object) -> list[str]:
    with pytest.raises(serializers.ValidationError) as refused:
        field.run_validation(value)
    return [detail.code for detail in refused.value.detail]


@pytest.mark.parametrize(("field", "raw", "clean"), EXAMPLES)
def test_a_field_stores_the_clean_form_and_shows_it_again(field: type[serializers.CharField], raw: str, clean: str) -> None:
    assert field().run_validation(raw) == clean
    assert field(max_length=20).run_validation(raw) == clean
    assert field().to_representation(clean) == clean


@pytest.mark.parametrize(("field", "code"), [(row[0], code) for row, code in zip(EXAMPLES, CODES, strict=True)])
def test_a_refusal_has_the_stable_code(field: type[serializers.CharField], code: str) -> None:
    assert codes(field(), "xyz") == [code]
    assert codes(field(), "1\0") == [code]


@pytest.mark.parametrize("field", [row[0] for row in EXAMPLES])
def test_only_text_is_taken(field: type[serializers.CharField]) -> None:
    assert [codes(field(), value) for value in (11222333000181, 1.5, True, ["a"], {"a": 1})] == [["invalid"]] * 5
    assert codes(field(), None) == ["null"]
    assert codes(field(), " ") == ["blank"]
    assert field(allow_null=True).run_validation(None) is None
    assert field(allow_blank=True).run_validation("") == ""


def test_a_phone_without_a_place_for_its_ramal_is_refused() -> None:
    assert codes(PhoneField(), "(11) 3251-9999 ramal 12") == ["ramal_nao_aceito"]
    assert codes(PhoneField(), "3251-9999") == ["telefone_sem_ddd"]


@pytest.mark.parametrize(("field", "raw", "clean"), EXAMPLES)
def test_the_schema_example_is_accepted(field: type[serializers.CharField], raw: str, clean: str) -> None:
    schema: dict[str, Any] = get_override(field(), "field")
    assert schema["type"] == build_basic_type(str)["type"]
    assert field().run_validation(schema["example"])
