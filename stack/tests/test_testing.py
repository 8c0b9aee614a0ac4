"""`./crm test e2e --url URL`: what it needs to know of a CRM that it did not start."""

import pytest

from stack import testing
from stack.errors import StackError

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ADMIN_EMAIL", "ana@example.com")
    monkeypatch.setenv("CRM_ADMIN_SENHA", "x")


@pytest.mark.parametrize("name", ["CRM_ADMIN_EMAIL", "CRM_ADMIN_SENHA"])
def test_it_asks_for_the_administrator(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(StackError, match=name):
        testing.run(["e2e"], fast=False, expression=None, url=NOBODY)


def test_it_says_when_nobody_answers_there() -> None:
    with pytest.raises(StackError, match=NOBODY):
        testing.run(["e2e"], fast=False, expression=None, url=NOBODY)
