"""A member's JSON type is part of the contract."""

from decimal import Decimal
from uuid import UUID

import pytest
from rest_framework import serializers

from crm_shared.api.serializers import QuerySerializer, StrictSerializer

ID = "018f0000-0000-7000-8000-000000000001"


class Campos(serializers.Serializer):
    texto = serializers.CharField(required=False, allow_null=True)
    inteiro = serializers.IntegerField(required=False)
    logico = serializers.BooleanField(required=False)
    decimal = serializers.DecimalField(12, 2, required=False)
    id = serializers.UUIDField(required=False)
    dia = serializers.DateField(required=False)
    escolha = serializers.ChoiceField(["1", "2"], required=False)
    lista = serializers.ListField(child=serializers.CharField(), required=False)


class Corpo(StrictSerializer, Campos):
    pass


class Consulta(QuerySerializer, Campos):
    pass


@pytest.mark.parametrize(
    ("campo", "valor"),
    [
        ("texto", 7),
        ("texto", True),
        ("inteiro", "7"),
        ("inteiro", 7.0),
        ("inteiro", True),
        ("logico", "true"),
        ("logico", 1),
        ("decimal", "1e3"),
        ("decimal", "\uff11"),
        ("decimal", True),
        ("id", 7),
        ("id", ID.replace("-", "")),
        ("id", f"urn:uuid:{ID}"),
        ("dia", 20261122),
        ("escolha", 1),
        ("lista", ["a", 7]),
    ],
)
def test_another_type_is_refused(campo, valor):
    corpo = Corpo(data={campo: valor})
    assert not corpo.is_valid()
    assert [error.code for error in corpo.errors[campo]] == ["invalid"]


@pytest.mark.parametrize(
    ("campo", "valor", "lido"),
    [
        ("texto", "7", "7"),
        ("texto", None, None),
        ("inteiro", 7, 7),
        ("logico", False, False),
        ("decimal", "10.50", Decimal("10.50")),
        ("decimal", 10.5, Decimal("10.50")),
        ("decimal", Decimal("10.50"), Decimal("10.50")),
        ("id", ID, UUID(ID)),
        ("lista", ["a"], ["a"]),
    ],
)
def test_its_own_type_is_taken(campo, valor, lido):
    corpo = Corpo(data={campo: valor})
    assert corpo.is_valid(), corpo.errors
    assert corpo.validated_data == {campo: lido}


def test_a_query_string_has_only_text():
    consulta = Consulta(data={"inteiro": "7", "logico": "true"})
    assert consulta.is_valid()
    assert consulta.validated_data == {"inteiro": 7, "logico": True}
