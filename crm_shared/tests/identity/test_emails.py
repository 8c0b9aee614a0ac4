import pytest

from crm_shared.identity.emails import clean_email, mask_email

from .refusals import refusal


@pytest.mark.parametrize("raw", ["ana.souza@example.com", "Ana.Souza@Example.COM", " ana.souza@example.com\t"])
def test_case_and_outer_blanks_do_not_matter(raw: str) -> None:
    assert clean_email(raw) == "ana.souza@example.com"


def test_accents_are_composed() -> None:
    assert clean_email("Joa\u0303o@example.com") == clean_email("JO\u00c3O@example.com") == "joão@example.com"


def test_international_domain_has_one_form() -> None:
    assert clean_email("ana@xn--caf-dma.com.br") == clean_email("ana@CAFÉ.com.br") == "ana@café.com.br"


@pytest.mark.parametrize(
    "raw",
    ["", "ana", "ana@", "@example.com", "ana@example", "ana@@example.com", "a na@example.com", "ana@example.com, bia@example.com"]
    + [
        "Ana <ana@example.com>",
        "ana@127.0.0.1",
        "ana@[127.0.0.1]",
        "ana\0@example.com",
        "ana\ud800@example.com",
        f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 60}.com",
        None,
    ],
)
def test_what_is_no_address_is_refused(raw: object) -> None:
    assert refusal(clean_email, raw) == "email_invalido"


def test_mask_keeps_the_first_letter_and_the_domain() -> None:
    assert mask_email("ana@example.com") == "a***@example.com"
    assert mask_email("no address") == "***"


@pytest.mark.parametrize("raw", ["ana..b@example.com", ".ana@example.com", f"{'a' * 64}@{'b' * 60}.{'c' * 63}.{'d' * 63}.com"])
def test_a_plain_looking_local_part_is_measured_as_any(raw: str) -> None:
    assert refusal(clean_email, raw) == "email_invalido"


def test_a_domain_that_was_refused_stays_refused() -> None:
    assert refusal(clean_email, "ana@example") == refusal(clean_email, "bia@example") == "email_invalido"
    assert clean_email("bia+crm@example.com") == "bia+crm@example.com"
