"""`q=` on the list of deals: names, people, values, days, words, and what one may not see."""

import pytest

from crm_shared.events.contracts.auth import UsuarioCriado
from crm_shared.testing.contract import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def achar(api, etapas, ana, bruno):
    """`achar(q)` gives the titles found among four deals, three of ana's and one of bruno's."""
    for titulo, valor, etapa, dono in (
        ("Reforma da loja", "900.00", "Prospecção", ana),
        ("Obra nova", "5000.00", "Proposta", ana),
        ("Manutenção", "1500.00", "Proposta", bruno),
        ("Projeto São João", "1000.00", "Prospecção", ana),
    ):
        corpo = {"titulo": titulo, "valor": valor, "etapa_id": etapas[etapa], "responsavel_id": str(dono.id), "origem": "site"}
        assert api().post("/vendas", corpo).status_code == 201

    def achar(q, **cliente):
        resposta = api(**cliente).get("/vendas", {"q": q, "ordenar": "criado_em"})
        assert resposta.status_code == 200, resposta.content
        return [linha["titulo"] for linha in resposta.json()["resultados"]]

    return achar


@pytest.mark.parametrize(
    ("q", "titulos"),
    [
        ("valor:>1000", ["Obra nova", "Manutenção"]),
        ("valor:1000..1500", ["Manutenção", "Projeto São João"]),
        ("etapa:proposta", ["Obra nova", "Manutenção"]),
        ("etapa:prospeccao valor:<1000", ["Reforma da loja"]),
        ("(etapa:proposta or joao) -valor:5000", ["Manutenção", "Projeto São João"]),
        ("responsavel:eu", ["Reforma da loja", "Obra nova", "Projeto São João"]),
        ("-responsavel:eu", ["Manutenção"]),
        ("criado_em:hoje status:aberta,ganha reforma", ["Reforma da loja"]),
        ("criado_em:<hoje", []),
        ("fechada_em:vazio -fechamento_previsto:vazio", []),
        ("empresa_id:vazio motivo_perda:vazio funil:negócios obra", ["Obra nova"]),
        ("etapa:inexistente", []),
    ],
)
def test_what_is_meant_is_found(achar, q, titulos):
    assert achar(q) == titulos


def test_people_are_known_by_the_names_that_auth_tells(achar, deliver, bruno):
    deliver(UsuarioCriado(nome="Bruno Conceição", email="b@example.com", papel="vendedor", equipe_id=None, ativo=True), bruno.id)
    assert achar("responsavel:conceicao") == ["Manutenção"]
    assert achar(f"responsavel:{bruno.id}") == ["Manutenção"]
    assert achar("responsavel:ninguem") == []


def test_an_expression_shows_nobody_more_than_the_list(achar, bruno):
    assert achar("valor:>0", vis="proprio", como=bruno) == ["Manutenção"]
    assert achar("-valor:0 or valor:0", vis="proprio", como=bruno) == ["Manutenção"]


def test_pages_keep_the_expression(api, achar):
    primeira = api().get("/vendas", {"q": "valor:>=1000", "limite": 2}).json()
    segunda = api().get("/vendas", {"q": "valor:>=1000", "limite": 2, "cursor": primeira["proximo"]}).json()
    assert len(primeira["resultados"] + segunda["resultados"]) == 3


def test_errors_say_where_and_what_was_expected(api, funil):
    (erro,) = assert_problem(api().get("/vendas", {"q": "status:aberta valor:>muito"}), 400)["erros"]
    assert (erro["campo"], erro["codigo"]) == ("q", "q_valor")
    assert "posição 21" in erro["mensagem"]


def test_names_cost_one_more_statement_each(api, achar, queries):
    lista = api()
    with queries(3):
        assert lista.get("/vendas", {"q": "etapa:proposta responsavel:ana valor:>0"}).status_code == 200
