"""Whatever comes in, only IdentityError comes out, and soon."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.identity.addresses import clean_cep
from crm_shared.identity.documents import clean_cnpj, clean_cpf
from crm_shared.identity.emails import clean_email
from crm_shared.identity.money import parse_brl
from crm_shared.identity.phones import clean_phone
from crm_shared.identity.search import search_terms

from .refusals import refusal

EVERY = [clean_cep, clean_cnpj, clean_cpf, clean_email, parse_brl, clean_phone, search_terms]
every = pytest.mark.parametrize("clean", EVERY, ids=lambda clean: clean.__name__)


@every
@given(raw=st.text(max_size=40) | st.text("0123456789+-()./ xr#R$@a.", max_size=40) | st.none() | st.integers() | st.binary() | st.floats())
def test_any_input_is_cleaned_or_refused(clean: Callable[..., Any], raw: object) -> None:
    refusal(clean, raw)


@every
@pytest.mark.parametrize("piece", [" ", "1", "-", "(", "1 ", "ramal ", "x1", "1.", "a@", "\u0301", "\u202a", "\ufdfa"])
def test_no_text_makes_it_work_long(clean: Callable[..., Any], piece: str) -> None:
    start = time.process_time()
    refusal(clean, piece * (256 // len(piece)))
    refusal(clean, piece * 1_000_000)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("clean", [clean_cep, clean_cnpj, clean_cpf, clean_phone, parse_brl])
def test_a_good_value_in_a_long_text_is_refused_unread(clean: Callable[..., Any]) -> None:
    assert refusal(clean, " " * 256 + "1") is not None
