"""What an expression means, and what is said of one that means nothing."""

import json

import pytest
from projeto.exemplo.models import Amostra

from crm_shared.q import QError, fields_of, named, parse
from crm_shared.q.parser import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH

FIELDS = {
    **fields_of(Amostra, "situacao", "cidade", "valor", "pontos", "ativa", "prazo", "vista_em", "pessoa_id"),
    "etapa": named("pessoa_id", lambda names: names),
}


def em(campo, *valores):
    return {"campo": campo, "op": "em", "valor": list(valores)}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("situacao:aberta", em("situacao", "aberta")),
        ("situacao:aberta,ganha", em("situacao", "aberta", "ganha")),
        ("situacao:vazio", {"campo": "situacao", "op": "vazio", "valor": None}),
        ('cidade:"vazio"', em("cidade", "vazio")),
        ('cidade:"São \\"Paulo\\""', em("cidade", 'São "Paulo"')),
        ("valor:>1000", {"campo": "valor", "op": "maior", "valor": "1000"}),
        ("valor:>=1e3", {"campo": "valor", "op": "maior_igual", "valor": "1000"}),
        ("valor:-5..10.50", {"campo": "valor", "op": "entre", "valor": ["-5", "10.50"]}),
        ("prazo:<hoje+1m", {"campo": "prazo", "op": "menor", "valor": "hoje+1m"}),
        ("vista_em:>=agora-2h", {"campo": "vista_em", "op": "maior_igual", "valor": "agora-2h"}),
        ("vista_em:2026-01-31T10:00:00-03:00", em("vista_em", "2026-01-31T13:00:00+00:00")),
        ("ativa:não", em("ativa", False)),
        ("maria de sá", {"texto": "maria de sá"}),
        ('"maria silva" souza', {"e": [{"texto": "maria silva"}, {"texto": "souza"}]}),
        ("-ativa:sim", {"nao": em("ativa", True)}),
        ("ativa:sim pontos:1 or pontos:2", {"ou": [{"e": [em("ativa", True), em("pontos", "1")]}, em("pontos", "2")]}),
        ("ativa:sim and (pontos:1 ou pontos:2)", {"e": [em("ativa", True), {"ou": [em("pontos", "1"), em("pontos", "2")]}]}),
        ("-(ativa:sim or maria)", {"nao": {"ou": [em("ativa", True), {"texto": "maria"}]}}),
        ("orlando", {"texto": "orlando"}),
    ],
)
def test_an_expression_is_a_tree_of_plain_data(text, tree):
    assert parse(text, FIELDS) == tree
    assert json.loads(json.dumps(parse(text, FIELDS))) == tree


@pytest.mark.parametrize(
    ("text", "codigo", "posicao"),
    [
        ("", "q_invalida", 0),
        ("   ", "q_invalida", 3),
        ("(", "q_invalida", 1),
        ("ativa:sim)", "q_invalida", 9),
        ('cidade:"abc', "q_invalida", 7),
        ("valor:>", "q_invalida", 7),
        ("valor:10..", "q_invalida", 10),
        ("-", "q_invalida", 0),
        ("inexistente:1", "q_campo", 0),
        ("ativa:sim senha:x", "q_campo", 10),
        ("pessoa_id__nome:x", "q_campo", 0),
        ("_connector:x", "q_campo", 0),
        ("situacao:outra", "q_valor", 9),
        ("situacao:aberta,outra", "q_valor", 16),
        ("situacao:>aberta", "q_operador", 0),
        ("etapa:<proposta", "q_operador", 0),
        ("pessoa_id:123", "q_valor", 10),
        ("ativa:talvez", "q_valor", 6),
        ("valor:dez", "q_valor", 6),
        ("valor:1e400", "q_valor", 6),
        ("valor:NaN", "q_valor", 6),
        ("valor:" + "9" * 40, "q_valor", 6),
        ("pontos:1.5", "q_valor", 7),
        ("pontos:99999999999", "q_valor", 7),
        ("pontos:²", "q_valor", 7),
        ("prazo:2026-02-30", "q_valor", 6),
        ("prazo:agora", "q_valor", 6),
        ("prazo:20260230", "q_valor", 6),
        ("vista_em:2026-01-31T10:00:00", "q_valor", 9),
        ("cidade:a\0b", "q_valor", 7),
        ("cidade:\ud800", "q_valor", 7),
        ("a", "busca_curta", 0),
        ("maria\0", "busca_invalida", 0),
        ("x" * (MAX_LENGTH + 1), "q_longa", MAX_LENGTH),
        ("ativa:sim " * (MAX_CONDITIONS + 1), "q_longa", 0),
        ("pontos:" + ",".join("1" * 101), "q_longa", 0),
        ("-" * 500 + "ativa:sim", "q_funda", 0),
        ("-(" * (MAX_DEPTH + 1) + "ativa:sim" + ")" * (MAX_DEPTH + 1), "q_funda", 0),
    ],
)
def test_what_is_wrong_and_where(text, codigo, posicao):
    with pytest.raises(QError) as refused:
        parse(text, FIELDS)
    assert (refused.value.codigo, refused.value.posicao) == (codigo, posicao)


def test_deep_brackets_that_mean_nothing_are_no_depth():
    assert parse("(" * 900 + "ativa:sim" + ")" * 900, FIELDS) == em("ativa", True)


def test_what_was_expected_is_said():
    with pytest.raises(QError, match="Esperava um de: aberta, ganha"):
        parse("situacao:x", FIELDS)
    with pytest.raises(QError, match="Os que existem: ativa, cidade"):
        parse("nome:x", FIELDS)


def test_a_list_without_search_takes_no_text():
    with pytest.raises(QError) as refused:
        parse("maria", FIELDS, searchable=False)
    assert refused.value.codigo == "q_sem_busca"
