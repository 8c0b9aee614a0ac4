import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_shared.identity.phones import clean_phone, phone_search_forms
from crm_shared.identity.search import like_patterns, matches, needles, search_terms, search_text

from .refusals import refusal

ANA = search_text("Ana Lúcia D'Ávila", "52998224725", *phone_search_forms(clean_phone("(11) 98765-4321")))
ACME = search_text("Açaí & Cia. 100% Ltda", None, "12ABC34501DE35", *phone_search_forms(clean_phone("0800 721 0909")))


def found(raw: str, text: str) -> bool:
    return matches(text, search_terms(raw))


def test_stored_text_has_no_accents_no_case_and_a_leading_space() -> None:
    assert search_text("  Ana\u00a0LÚCIA ", None, "", "d'Ávila\n") == " ana lucia d'avila"
    assert search_text("Joa\u0303o", "zero\u200bwidth", "a\0b\ud800c") == " joao zerowidth a b c"
    assert search_text() == " "


@pytest.mark.parametrize("raw", ["ana", "LÚCIA", "lucia ana", "vila", "d'avila", "lu ana", "D'A"])
def test_a_name_is_found_by_any_part_in_any_order(raw: str) -> None:
    assert found(raw, ANA)


def test_all_words_are_needed() -> None:
    assert not found("ana maria", ANA)


def test_a_short_word_matches_only_where_a_word_starts() -> None:
    assert found("an lu", ANA)
    assert not found("na", ANA)
    assert found("cia", ANA)
    assert not found("ci", ANA)


@pytest.mark.parametrize("raw", ["529.982.247-25", "52998224725", "982.247", "529 982 247 25"])
def test_a_person_is_found_by_cpf_with_or_without_mask(raw: str) -> None:
    assert found(raw, ANA)
    assert not found(raw, ACME)


@pytest.mark.parametrize("raw", ["12.abc.345/01DE-35", "12ABC34501DE35", "12.ABC.345", "01de-35"])
def test_a_company_is_found_by_alphanumeric_cnpj_in_any_case(raw: str) -> None:
    assert found(raw, ACME)
    assert not found(raw, ANA)


@pytest.mark.parametrize(
    "raw", ["98765-4321", "8765-4321", "(11) 98765-4321", "(11) 8765-4321", "+55 11 98765-4321", "551187654321", "4321"]
)
def test_a_mobile_is_found_by_its_old_and_new_form(raw: str) -> None:
    assert found(raw, ANA)


@pytest.mark.parametrize("raw", ["0800 721 0909", "8007210909", "+55 800 721 0909", "721-0909"])
def test_a_toll_free_number_is_found_as_it_is_dialled(raw: str) -> None:
    assert found(raw, ACME)


def test_a_bare_term_asks_the_store_once() -> None:
    assert needles(search_terms("52998224725")) == [["52998224725"]]
    assert needles(search_terms("529.982.247-25 ")) == [["529.982.247-25"], ["52998224725"]]
    assert needles(search_terms("Zé Silva zé")) == [[" ze", "silva"]]


@pytest.mark.parametrize("raw", ["", " ", "a", "á", "a b c", "\u0301", "-"])
def test_nothing_usable_is_refused(raw: str) -> None:
    assert refusal(search_terms, raw) == "busca_curta"


def test_one_letter_rides_along_with_a_usable_word() -> None:
    assert found("d lucia", ANA)
    assert not found("z lucia", ANA)


def test_long_terms_and_what_a_store_cannot_hold_are_refused() -> None:
    assert refusal(search_terms, "a" * 257) == refusal(search_terms, None) == "busca_longa"
    assert refusal(search_terms, "ana\0") == refusal(search_terms, "ana\ud800") == "busca_invalida"


def test_wildcards_are_letters() -> None:
    assert like_patterns(search_terms("100% a_b c\\d")) == [["%100\\%%", "%a\\_b%", "%c\\\\d%"]]
    assert found("100%", ACME)
    assert not found("1%0", ACME)
    assert not found("a.a", ACME)


words = st.text(min_size=2, max_size=12)


@given(st.lists(words, min_size=1, max_size=5), st.text(max_size=10))
def test_a_row_is_found_by_its_own_words_and_like_regex_and_matches_agree(parts: list[str], raw: str) -> None:
    text = search_text(*parts)
    if refusal(search_terms, text) is None:
        assert found(text, text)
    if refusal(search_terms, raw) is None:
        terms = search_terms(raw)
        by_regex = any(all(re.search(re.escape(needle), text) for needle in group) for group in needles(terms))
        by_like = any(all(re.search(like_as_regex(pattern), text) for pattern in group) for group in like_patterns(terms))
        assert by_regex == by_like == matches(text, terms)


def like_as_regex(pattern: str) -> str:
    """Read a LIKE pattern as PostgreSQL does."""
    tokens = re.findall(r"\\(.)|(.)", pattern, re.DOTALL)
    return (
        r"\A"
        + "".join(re.escape(literal) if literal else {"%": "(?s:.*)", "_": "(?s:.)"}.get(char, re.escape(char)) for literal, char in tokens)
        + r"\Z"
    )


@given(st.lists(st.text(max_size=20), max_size=4))
def test_normalising_twice_changes_nothing(parts: list[str]) -> None:
    text = search_text(*parts)
    assert search_text(text) == text
