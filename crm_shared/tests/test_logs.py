"""What must never stand in a log."""

import pytest

from crm_shared.observability.logs import masked


@pytest.mark.parametrize(
    "text",
    [
        "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "cpf 529.982.247-25",
        "escreva a joao.silva@exemplo.com.br",
        "ligue +5511987654321 ou (11) 98765-4321",
    ],
)
def test_is_masked(text):
    shown = masked(text)
    for secret in ("eyJ", "529.982", "joao.silva", "98765"):
        assert secret not in shown


def test_ids_and_times_are_left_alone():
    text = "018f0000-0000-7000-8000-0000000000ff 2026-11-22T12:00:00Z 127.0.0.1:3001"
    assert masked(text) == text
