"""The table of operators, and what a field of each kind does with them."""

import pytest

from automacao.condicoes import atende, primeira_nao_atendida
from automacao.textos import lugares, mal_formado, preencher


@pytest.mark.parametrize(
    ("operador", "atual", "valor", "esperado"),
    [
        ("igual", "site", "site", True),
        ("igual", "site", "Site", False),
        ("igual", "10.00", 10, True),
        ("igual", "10", "10.00", False),
        ("igual", None, "site", False),
        ("igual", True, 1, False),
        ("igual", 1, True, False),
        ("igual", True, True, True),
        ("diferente", "site", "email", True),
        ("diferente", "site", "site", False),
        ("diferente", None, "site", True),
        ("em", "site", ["email", "site"], True),
        ("em", "10.00", [5, 10], True),
        ("em", None, ["site"], False),
        ("contem", "Padaria São João", "sao joao", True),
        ("contem", "Padaria", "pada ria", False),
        ("contem", ["a", "b"], "b", True),
        ("contem", ["ab"], "b", False),
        ("contem", None, "b", False),
        ("existe", "x", True, True),
        ("existe", "", True, False),
        ("existe", None, False, True),
        ("existe", False, True, True),
        ("existe", 0, True, True),
        ("existe", [], True, False),
        ("maior", "1000.00", 999, True),
        ("maior", "1000.00", "1000", False),
        ("maior", "9", 10, False),
        ("maior", None, 1, False),
        ("maior", "abc", 1, False),
        ("maior", "NaN", 1, False),
        ("maior", "2026-11-23", "2026-11-22", True),
        ("maior", "2026-11-22T00:00:01Z", "2026-11-22", True),
        ("menor", "2026-11-22T10:00:00-03:00", "2026-11-22T12:59:00Z", False),
        ("menor", "2026-11-22T10:00:00-03:00", "2026-11-22T13:01:00Z", True),
        ("menor", "9", 10, True),
        ("menor", "9", "2026-11-22", False),
    ],
)
def test_operadores(operador, atual, valor, esperado):
    assert atende({"campo": "x", "operador": operador, "valor": valor}, {"x": atual}) is esperado


def test_the_first_condition_that_fails_is_named():
    condicoes = [{"campo": "a", "operador": "igual", "valor": 1}, {"campo": "b", "operador": "igual", "valor": 2}]
    assert primeira_nao_atendida(condicoes, {"a": 1, "b": 2}) is None
    assert primeira_nao_atendida(condicoes, {"a": 1, "b": 3})["campo"] == "b"


@pytest.mark.parametrize(
    ("modelo", "esperado"),
    [
        ("Ligar para {{nome}}", "Ligar para Zé"),
        ("{{ nome }}/{{valor}}", "Zé/10.00"),
        ("{{vazio}}!", "!"),
        ("{{isca}}", "{{nome}} {% x %} <b>"),
        ("a{{quebra}}b", "a x b"),
        ("{{ativo}} {{lista}}", "sim a, b"),
        ("{{nome.__class__}}", "{{nome.__class__}}"),
        ("{{longo}}", "x" * 50),
    ],
)
def test_placeholders_take_values_and_nothing_else(modelo, esperado):
    valores = {
        "nome": "Zé", "valor": "10.00", "vazio": None, "isca": "{{nome}} {% x %} <b>", "quebra": "\r\n\x00x\n",
        "ativo": True, "lista": ["a", "b"], "longo": "x" * 500,
    }  # fmt: skip
    assert preencher(modelo, valores, 50) == esperado


def test_what_a_text_cites_and_what_is_no_placeholder():
    assert lugares("{{a}} {{ b1 }} {c} {{D}}") == ["a", "b1"]
    assert all(mal_formado(modelo) for modelo in ("{{nome", "{{ Nome }}", "{{a.b}}"))
    assert not mal_formado("{{nome}} {x}")
