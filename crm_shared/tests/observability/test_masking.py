"""What must never stand in a log, and what must not be taken for it."""

import pytest

from crm_shared.observability.logs import masked
from crm_shared.observability.masking import TEXT_MAX, masked_expression, masked_filters, masked_member, masked_value

SENHA = "s3nh4-comprida"
SECRETS = ("eyJ", "529.982", "52998224725", "joao.silva", "98765", "s3nh4", "33334444", "abcdef")


@pytest.mark.parametrize(
    "text",
    [
        "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "authorization: Basic abcdefghijkl==",
        "POST /auth/chaves-api/trocar crm_abcdefGHIJKLMNOPQRSTUVWXYZ0123456789_-abcdef",
        "cpf 529.982.247-25",
        "cpf 52998224725",
        "DETAIL: Key (cpf)=(52998224725) already exists.",
        "escreva a joao.silva@exemplo.com.br",
        "/clientes/joao.silva%40exemplo.com.br",
        "ligue +5511987654321 ou (11) 98765-4321",
        "wa.me/5511987654321",
        "11987654321",
        "11 98765-4321",
        "tel=1133334444",
        'corpo {"senha": "s3nh4", "x": 1}',
        "login?senha=s3nh4&x=1",
        f"redis://:{SENHA}@127.0.0.1:3011/0",
        "linha\n52998224725\nfim",
    ],
)
def test_is_masked(text):
    shown = masked(text)
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize(
    "text",
    [
        "018f0000-0000-7000-8000-0000000000ff 2026-11-22T12:00:00Z 127.0.0.1:3001",
        "01a2039b-ca04-750b-8158-012345678901",  # the last part of an id may have no letter
        "rastro 12345678901234567890123456789012",
        "1763812345678-0",  # an entry of a stream
        "cnpj 12.345.678/0001-95",
        "1763812345 segundos, 10485760 bytes, 3.14159265358",
        "versao 1.2.3, token_expirado",
        "crm_http_request_duration_seconds",
    ],
)
def test_ids_and_times_are_left_alone(text):
    assert masked(text) == text


def test_what_lies_deep_is_masked_too():
    line = {"dados": {"contatos": [{"valor": "joao.silva@exemplo.com"}, ("+5511987654321", b"529.982.247-25")]}, "quantos": 3}
    shown = str(masked_value(line))
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "'quantos': 3" in shown


@pytest.mark.parametrize("name", ["senha", "Authorization", "refresh", "cpf", "e-mail", "telefone_1", "client_secret"])
def test_what_is_named_a_secret_goes_as_a_whole(name):
    assert masked_member(name, "qualquer coisa") == "[oculto]"
    assert masked_value({"a": [{name: "qualquer coisa"}]}) == {"a": [{name: "[oculto]"}]}


def test_what_is_long_keeps_its_beginning_and_its_end():
    shown = masked("inicio" + "x" * 1_000_000 + "fim")
    assert len(shown) < TEXT_MAX + 100
    assert shown.startswith("inicio")
    assert shown.endswith("fim")


def test_a_structure_without_end_ends():
    endless: dict[str, object] = {}
    endless["eu"] = endless
    assert "..." in str(masked_value(endless))


@pytest.mark.parametrize(
    "text",
    [
        "cpf:52998224725",
        'telefone:11987654321 or "(11) 98765-4321"',
        "(email:joao.silva@exemplo.com.br)",
        "-cpf:529.982.247-25",
        "@doc:52998224725",
    ],
)
def test_what_was_typed_next_to_an_operator_is_masked(text):
    shown = masked_expression(text)
    assert [secret for secret in SECRETS if secret in shown] == []


def test_an_expression_without_personal_values_stays_as_it_is():
    text = 'status:aberta valor:>=1000.50 criado_em:<2026-01-31T10:30:00Z (id:018f0000-0000-7000-8000-00000000cafe or "ana lima") -@nivel:3'
    assert masked_expression(text) == text


def test_filters_are_masked_by_name_and_by_shape():
    assert masked_filters({"cpf": "529", "busca": "11987654321", "origem": "site"}) == {
        "cpf": "[oculto]",
        "busca": "[telefone]",
        "origem": "site",
    }
