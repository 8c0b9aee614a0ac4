"""What a field is to somebody, by rules and by the right to personal data."""

import pytest

from crm_shared.auth.fields import EVERYTHING, NOTHING_PERSONAL, field_access
from crm_shared.auth.principal import Principal
from crm_shared.auth.restrictable import LEITURA, RESTRICTABLE, optional_names, resource_of


def principal(*scopes: str, **campos: dict[str, str]) -> Principal:
    return Principal("018f0000-0000-7000-8000-00000000cafe", frozenset(scopes), {"*": "todos"}, (), campos=campos)


def test_without_rules_only_personal_data_are_a_matter() -> None:
    assert field_access(principal("pessoais:ler"), "clientes") is EVERYTHING
    assert field_access(principal(), "clientes") is field_access(None, "clientes") is NOTHING_PERSONAL
    assert field_access(principal("pessoais:ler", vendas={"valor": "o"}), "clientes") is EVERYTHING


def test_what_tells_the_value_goes_with_it() -> None:
    access = field_access(principal("pessoais:ler", vendas={"valor": "o"}), "vendas")
    assert {"valor", "itens", "total", "preco"} <= access.hidden
    assert access.closes("valor__gte")
    assert access.closes("codigo", "valor")
    assert not access.closes("codigo")
    assert access.fixes("itens")


def test_levels() -> None:
    access = field_access(principal(clientes={"cpf": "o", "campanha": "m", "nome": "l", "@renda": "o"}), "clientes")
    assert (access.hides("cpf"), access.hides("campanha"), access.hides("nome")) == (True, False, False)
    assert (access.closes("cpf"), access.closes("campanha"), access.closes("nome")) == (True, True, False)
    assert (access.fixes("cpf"), access.fixes("campanha"), access.fixes("nome")) == (True, False, True)
    assert access.hides("extras.renda")
    assert access.closes("@renda")
    assert not access.closes("extras.outra")
    assert field_access(principal(clientes={"@a__b": "o"}), "clientes").closes("extras.a__b")


@pytest.mark.parametrize(
    ("rules", "busca"), [({"cpf": "o"}, "digitos"), ({"cpf": "o", "email": "m"}, "texto"), ({"cpf": "l"}, ""), ({"origem": "o"}, "")]
)
def test_what_searching_would_tell(rules: dict[str, str], busca: str) -> None:
    assert field_access(principal(clientes=rules), "clientes").busca == busca


def test_a_rule_that_this_release_does_not_know_still_hides() -> None:
    assert field_access(principal(clientes={"campo_de_amanha": "o"}), "clientes").hides("campo_de_amanha")


def test_work_after_the_request_is_under_the_same_rules() -> None:
    one = principal("pessoais:ler", clientes={"cpf": "o"})
    assert Principal.from_json(one.as_json()) == one
    assert "campos" not in principal().as_json()


def test_events_are_told_by_the_rules_of_their_resource() -> None:
    assert resource_of("clientes.lead.criado.v1") == "leads"
    assert resource_of("vendas.produto") == "produtos"
    assert resource_of("vendas.item.criado.v1") == "vendas"


def test_every_field_may_be_hidden_or_fixed() -> None:
    assert all(item.levels for fields in RESTRICTABLE.values() for item in fields.values())
    fixed = {name for fields in RESTRICTABLE.values() for name, item in fields.items() if item.levels == (LEITURA,)}
    assert "nome" in fixed - optional_names()
