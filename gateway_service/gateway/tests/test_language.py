"""The gateway's own texts: pt-BR, or English to who prefers it; all of them have both."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm_shared.testing.english import missing_in_code, missing_in_document
from gateway.merging import merge
from gateway.tests.upstream_server import Upstream
from gateway.tests.wire import Answer

Ask = Callable[..., Answer]


@pytest.mark.parametrize(("header", "detail"), [("en", "This address does not exist."), ("pt-BR,en;q=0.5", "Este endereço não existe.")])
def test_refusals(ask: Ask, header: str, detail: str) -> None:
    answer = ask("GET", "/gateway/nada", [("Accept-Language", header)])
    assert (answer.status, answer.codigo, answer.json()["detail"]) == (404, "nao_encontrado", detail)


def test_one_request_does_not_speak_for_the_next(wire: object, ask: Ask) -> None:
    ask("GET", "/gateway/nada", [("Accept-Language", "en")])
    assert ask("GET", "/gateway/nada").json()["title"] == "Não encontrado"


def test_the_merged_document(ask: Ask, upstream: Upstream) -> None:
    for path, fields in (("/docs/openapi.json?lang=en", []), ("/docs/openapi.json", [("Accept-Language", "en")])):
        answer = ask("GET", path, fields, token="")
        assert answer.values("content-language") == ["en"]
        assert answer.json()["paths"]["/gateway/busca"]["get"]["summary"] == "Search all services"
    assert {value for seen in upstream.requests for value in seen.values("accept-language")} == {"en"}
    assert ask("GET", "/docs/openapi.json", token="").values("content-language") == ["pt-BR"]


def test_every_text_has_its_english() -> None:
    assert missing_in_code(Path(__file__).parents[1]) == []
    assert missing_in_document(merge({}, ["tarefas"])) == []
