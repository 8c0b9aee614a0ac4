"""What API users read, in English for those who prefer it."""

from pathlib import Path
from typing import Any

import pytest

from crm_shared.english import ENGLISH, PORTUGUESE, Catalogue, english, preferred, speak, told
from crm_shared.english.openapi import spoken, turned
from crm_shared.testing.english import missing_in_code, missing_in_document


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", PORTUGUESE),
        ("en", ENGLISH),
        ("en-GB,en;q=0.9", ENGLISH),
        ("pt-BR,pt;q=0.9,en;q=0.8", PORTUGUESE),
        ("en;q=0.8,pt;q=0.2", ENGLISH),
        ("en,pt", PORTUGUESE),
        ("de,fr", PORTUGUESE),
        ("*", PORTUGUESE),
        ("en;q=0", PORTUGUESE),
        ("en;q=x", PORTUGUESE),
        (";;;,,,en;q=1.0000", PORTUGUESE),
        ("EN-us", ENGLISH),
        ("x" * 10_000, PORTUGUESE),
    ],
)
def test_english_is_for_those_who_like_it_better(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.fixture
def catalogue() -> Catalogue:
    texts = {"Criar <0>": "Create <0>", "pessoa": "person", "Use {0} ou {1}.": "Use {1} or {0}.", "Feito.": "Done."}
    return Catalogue(texts.items())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Feito.", "Done."),
        ("Feito", "Done"),
        ("Criar pessoa", "Create person"),
        ("Criar coisa", "Create coisa"),
        ("Use a ou b.", "Use b or a."),
        ("123", "123"),
        ("Nada disso.", None),
    ],
)
def test_texts_with_holes(catalogue: Catalogue, text: str, meant: str | None) -> None:
    assert catalogue.find(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Este campo é obrigatório.", "This field is required."),
        ("Certifique-se de que este campo não tenha mais de 50 caracteres.", "Ensure this field has no more than 50 characters."),
        ("O armazenamento não respondeu a tempo. Tente de novo.", "The store did not answer in time. Try again."),
        ("Use um número de 1 a 200.", "Use a number from 1 to 200."),
        ("Esperava um texto ou um valor. (posição 7)", "Expected a text or a value. (position 7)"),
    ],
)
def test_the_frameworks_words_and_ours(text: str, meant: str) -> None:
    assert english(text) == meant


def test_what_has_no_english_is_told_as_it_is() -> None:
    speak(ENGLISH)
    try:
        assert (told("Há campos com erro."), told("Palavras de ninguém.")) == ("Some fields are at fault.", "Palavras de ninguém.")
    finally:
        speak(PORTUGUESE)
    assert told("Há campos com erro.") == "Há campos com erro."


def test_a_document_is_turned_and_its_names_are_not() -> None:
    properties = {"title": {"type": "string", "title": "Título"}, "description": {"type": "string"}}
    problem = {"codigo": "x", "rastro": "y", "detail": "Há campos com erro.", "status": 400}
    document: dict[str, Any] = {
        "info": {"title": "CRM"},
        "paths": {"/x": {"get": {"summary": "Feito", "parameters": [{"name": "description", "description": "Feito."}]}}},
        "components": {
            "schemas": {"X": {"properties": properties}},
            "examples": {"a": {"value": problem}, "b": {"value": {"title": "Feito"}}},
        },
    }
    made = turned(document)
    assert made["paths"]["/x"]["get"] == {"summary": "Done", "parameters": [{"name": "description", "description": "Done."}]}
    assert made["components"]["schemas"]["X"]["properties"] == properties | {"title": {"type": "string", "title": "Title"}}
    assert made["components"]["examples"]["a"]["value"]["detail"] == "Some fields are at fault."
    assert made["components"]["examples"]["b"]["value"] == {"title": "Feito"}
    assert "Há campos com erro." in set(spoken(document))


def test_what_is_missing_is_found(tmp_path: Path) -> None:
    module = '''"""A docstring that says something."""
def f(x):
    raise Conflict("Isto ninguém traduziu.")
    raise Conflict(f"Nem {x} isto.")
    raise ValueError("Only programmers read this.")
    return "Feito."
'''
    (tmp_path / "services.py").write_text(module)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("x = 'Nem eu, num teste.'")
    assert missing_in_code(tmp_path) == ["Isto ninguém traduziu.", "Nem {0} isto."]
    lines = "Feito.\n\n* `a` - a\n* `b` - bê"
    assert missing_in_document({"description": lines, "a": {"summary": "Listar coisas raras"}}) == [lines, "Listar coisas raras"]
