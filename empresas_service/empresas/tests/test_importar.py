"""Companies from spreadsheets, and the dirty one of a Brazilian sales team, row by row."""

import csv
from pathlib import Path

import pytest

from crm_shared.identity.documents import clean_cnpj
from empresas.models import Empresa, EnderecoEmpresa

pytestmark = pytest.mark.django_db

SUJA = Path(__file__).resolve().parents[4] / "shared/data/import_sujo_br/leads_excel_cp1252_50.csv"


def test_companies_with_their_head_office(importar, published):
    texto = (
        "CNPJ;Razão Social;Site;Faturamento;Cidade;UF;CEP\n"
        "12.ABC.345/01DE-35;Padaria;www.pao.com.br;R$ 1.234.567,89;São Paulo;sp;01001-000\n"
    )
    feito = importar("empresas", texto)
    assert feito["operacao"]["erros"] == 0, feito["itens"]
    empresa = Empresa.objects.get()
    assert (empresa.cnpj, empresa.nome, empresa.dominio, str(empresa.receita_anual)) == (
        "12ABC34501DE35",
        "Padaria",
        "pao.com.br",
        "1234567.89",
    )
    sede = EnderecoEmpresa.objects.get(empresa=empresa)
    assert (sede.tipo, sede.municipio, sede.uf, sede.cep) == ("sede", "São Paulo", "SP", "01001000")
    [evento] = published()
    assert (evento.tipo, evento.dados["cnpj"]) == ("empresas.empresa.criada.v1", "12ABC34501DE35")


def test_a_row_without_any_name_is_refused_as_a_body_is(importar):
    feito = importar("empresas", "CNPJ;Razão Social\n12ABC34501DE35;\n12ABC34501DE45;X\n")
    codigos = {linha: [(erro["campo"], erro["codigo"]) for erro in item["erros"]] for linha, item in feito["itens"].items()}
    assert codigos == {2: [("razao_social", "obrigatorio")], 3: [("cnpj", "cnpj_invalido")]}


def test_an_update_keeps_address_and_derives_the_name_again(importar):
    importar("empresas", "CNPJ;Razão Social;Cidade\n12ABC34501DE35;Padaria Ltda;Osasco\n")
    feito = importar("empresas", "CNPJ;Nome Fantasia;Cidade\n12.ABC.345/01DE-35;Pão Quente;Santos\n", modo="atualizar")
    assert feito["itens"][2]["status"] == 200
    empresa = Empresa.objects.get()
    assert (empresa.nome, empresa.razao_social, empresa.enderecos.get().municipio) == ("Pão Quente", "Padaria Ltda", "Osasco")


@pytest.mark.skipif(not SUJA.exists(), reason="../shared/data/import_sujo_br is not there")
def test_every_row_of_the_dirty_sheet_is_explained(importar, api):
    feito = importar("empresas", SUJA.read_bytes(), "executar")
    importacao = feito["importacao"]
    assert (importacao["codificacao"], importacao["separador"], importacao["chave"]) == ("cp1252", ";", "cnpj")
    assert importacao["mapeamento"] == {
        "Empresa": "nome_fantasia",
        "CNPJ": "cnpj",
        "E-mail": "email",
        "Telefone": "telefone",
        "Cidade": "municipio",
        "UF": "uf",
        "CEP": "cep",
    }
    linhas = list(csv.DictReader(SUJA.read_text("cp1252").splitlines(), delimiter=";"))
    assert feito["operacao"]["feitos"] == len(linhas) == 50
    for linha, original in enumerate(linhas, 2):
        item = feito["itens"][linha]
        if item["status"] == 201:
            empresa = Empresa.objects.get(pk=item["registro_id"])
            assert (empresa.cnpj, empresa.nome) == (clean_cnpj(original["CNPJ"]), original["Empresa"])
            assert (empresa.enderecos.get().municipio, empresa.enderecos.get().uf) == (original["Cidade"], original["UF"])
        else:
            assert item["erros"], (linha, original)
            assert all(erro["codigo"] and erro["mensagem"] for erro in item["erros"]), (linha, original)
    refused = {linha: [erro["codigo"] for erro in item["erros"]] for linha, item in feito["itens"].items() if item["erros"]}
    assert refused == {8: ["cnpj_invalido"]}
    assert Empresa.objects.count() == 49
