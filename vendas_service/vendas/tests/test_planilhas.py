"""Products and deals from spreadsheets."""

import pytest

from crm_shared.records.models import uuid7
from crm_shared.records.references import EMPRESA, USUARIO, learn
from vendas.models import Oportunidade, Produto

pytestmark = pytest.mark.django_db

NEGOCIOS = (
    "Negócio;Valor;Funil;Etapa;Empresa;Vendedor;Status;Fechamento;Motivo da perda;Previsão\n"
    "Reforma;R$ 1.500,00;Novos negócios;proposta;Padaria;Bruno Alves;;;;31/12/2030\n"
    "Antigo;900;;;;;won;01/03/2017;;\n"
    "Perdido;900;;;;;lost;02/03/2017;preco;\n"
    "Sem etapa;1;;Não há;;;;;;\n"
    "De ninguém;1;;;Padaria;Fulano;;;;\n"
    "De duas;1;;;Mercado;;;;;\n"
    "Negativa;-1;;;;;;;;\n"
    "No futuro;1;;;;;won;01/03/2090;;\n"
)


@pytest.fixture
def conhecidos(bruno):
    learn(USUARIO, bruno.id, versao=1, nome="Bruno Alves")
    learn(EMPRESA, uuid7(), versao=1, nome="Padaria")
    learn(EMPRESA, uuid7(), versao=1, nome="Mercado")
    learn(EMPRESA, uuid7(), versao=1, nome="Mercado")


def codigos(feito):
    return {linha: [(erro["campo"], erro["codigo"]) for erro in item["erros"]] for linha, item in feito["itens"].items() if item["erros"]}


RECUSADAS = {
    5: [("etapa_id", "inexistente")],
    6: [("responsavel_id", "inexistente")],
    7: [("empresa_id", "ambiguo")],
    8: [("valor", "muito_pequeno")],
    9: [("fechada_em", "data_futura")],
}


@pytest.mark.parametrize("passo", ["simular", "executar"])
def test_deals_by_the_names_of_what_they_cite(importar, funil, motivo, conhecidos, bruno, published, passo):
    feito = importar("vendas", NEGOCIOS, passo)
    assert feito["importacao"]["mapeamento"] == {
        "Negócio": "titulo",
        "Valor": "valor",
        "Funil": "funil_id",
        "Etapa": "etapa_id",
        "Empresa": "empresa_id",
        "Vendedor": "responsavel_id",
        "Status": "status",
        "Fechamento": "fechada_em",
        "Motivo da perda": "motivo_perda_id",
        "Previsão": "fechamento_previsto",
    }
    assert codigos(feito) == RECUSADAS
    assert feito["operacao"]["resultado"]["criadas"] == 3
    if passo == "simular":
        assert not Oportunidade.objects.exists()
        assert not [evento for evento in published() if "oportunidade" in evento.tipo]
        return
    antigo, perdido, reforma = Oportunidade.objects.order_by("titulo")
    assert (str(reforma.valor), reforma.etapa.nome, reforma.empresa.nome, reforma.responsavel_id) == (
        "1500.00",
        "Proposta",
        "Padaria",
        bruno.id,
    )
    assert (antigo.status, perdido.status, perdido.motivo_perda.nome) == ("ganha", "perdida", "Preço")


def test_a_deal_is_found_by_its_code_moved_and_put_back(importar, oportunidade, api, rodar):
    texto = f"codigo;etapa;valor\n{oportunidade['codigo']};Proposta;2000\nOP-1999-1;Proposta;1\n"
    feito = importar("vendas", texto, modo="atualizar")
    assert [item["status"] for item in feito["itens"].values()] == [200, 404]
    depois = api().get(f"/vendas/{oportunidade['id']}").json()
    assert (depois["etapa_nome"], depois["valor"]) == ("Proposta", "2000.00")
    desfeita = api().post(f"/vendas/operacoes/{feito['operacao']['id']}/desfazer")
    assert desfeita.status_code == 200, desfeita.content
    rodar()
    assert {item["desfeito"] for item in api().get(f"/vendas/operacoes/{feito['operacao']['id']}/itens").json()["resultados"]} == {
        "sim",
        "",
    }
    antes = api().get(f"/vendas/{oportunidade['id']}").json()
    assert (antes["etapa_nome"], antes["valor"], antes["probabilidade"]) == ("Prospecção", "1000.00", 10)


def test_a_code_makes_no_deal(importar, funil):
    feito = importar("vendas", "codigo;titulo\nOP-1999-1;X\n", modo="ambos")
    assert codigos(feito) == {2: [("codigo", "inexistente")]}


def test_products_are_created_changed_and_taken_back(importar, produto, api, rodar):
    texto = "SKU;Produto;Preço unitário;Ativo\nC-1;Consultoria;R$ 200,00;sim\nC-2;Curso;99,9;não\nC-2;Outro;1;sim\n;Sem código;-1;sim\n"
    feito = importar("produtos", texto, modo="ambos")
    assert feito["importacao"]["chave"] == "codigo"
    assert codigos(feito) == {4: [("", "repetida_no_arquivo")], 5: [("preco", "muito_pequeno")]}
    assert [(str(item.preco), item.ativo) for item in Produto.objects.order_by("codigo")] == [("200.00", True), ("99.90", False)]
    api().post(f"/vendas/operacoes/{feito['operacao']['id']}/desfazer")
    rodar()
    vivos = Produto.objects.vivos()
    assert [(item.codigo, str(item.preco)) for item in vivos] == [("C-1", "150.00")]


def test_what_one_may_not_create_one_may_not_import(api, funil):
    client = api("vendas:importar", "vendas:criar")
    made = client.post("/vendas/importacoes", {"recurso": "produtos", "nome": "p.csv"})
    client.generic("PUT", f"{made['Location']}/arquivo", b"nome\nX\n", content_type="text/csv")
    assert client.post(f"{made['Location']}/executar").status_code == 403
    assert api("vendas:criar", "produtos:criar").post("/vendas/importacoes", {"recurso": "produtos", "nome": "p.csv"}).status_code == 403
