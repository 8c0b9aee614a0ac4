"""People from a spreadsheet: tried first, then written, with the errors told and all of it undone again."""

import csv
import datetime
import io
from pathlib import Path

import pytest
from django.db import connection
from openpyxl import Workbook

from clientes.importacao import CLIENTES
from clientes.models import Cliente, ContatoMeio

pytestmark = pytest.mark.django_db

SUJA = Path(__file__).resolve().parents[4] / "shared/data/import_sujo_br/leads_excel_cp1252_50.csv"
PLANILHA = """Nome;E-mail;Celular;CPF;Nascimento;Origem;Time
Ana Souza;ANA@exemplo.com.br ;(11) 98765-4321;529.982.247-25;17/04/1988;Indicação;Santos
Beto Lima;beto@exemplo.com.br;11 8765-4322;;;Instagram;
;sem@nome.com.br;;;;;
Caio;nao é e-mail;123;111.111.111-11;31/02/2020;marte;
Ana de novo;outra@exemplo.com.br;;52998224725;;;

Dora;dora@exemplo.com.br;+55 21 99999-8888;;1990-01-02;site;x
"""


def test_the_columns_are_recognised(importar):
    feito = importar("clientes", PLANILHA, "simular")["importacao"]
    assert feito["mapeamento"] == {
        "Nome": "nome",
        "E-mail": "email",
        "Celular": "telefone",
        "CPF": "cpf",
        "Nascimento": "data_nascimento",
        "Origem": "origem",
    }
    assert (feito["codificacao"], feito["separador"], feito["chave"], feito["modo"]) == ("utf-8", ";", "cpf", "criar")


def test_a_simulation_tells_every_row_and_writes_nothing(importar):
    feito = importar("clientes", PLANILHA, "simular")
    assert {linha: item["status"] for linha, item in feito["itens"].items()} == {2: 201, 3: 201, 4: 400, 5: 400, 6: 409, 8: 201}
    codigos = {linha: [(erro["campo"], erro["codigo"]) for erro in item["erros"]] for linha, item in feito["itens"].items()}
    assert codigos[4] == [("nome", "obrigatorio")]
    assert codigos[5] == [
        ("email", "email_invalido"),
        ("telefone", "telefone_invalido"),
        ("cpf", "cpf_invalido"),
        ("data_nascimento", "data_invalida"),
        ("origem", "opcao_invalida"),
    ]
    assert codigos[6] == [("", "repetida_no_arquivo")]
    contadas = {"criadas": 3, "atualizadas": 0, "iguais": 0, "duplicadas": 1, "invalidas": 2}
    assert contadas.items() <= feito["operacao"]["resultado"].items()
    assert not Cliente.objects.exists()


def test_a_workbook_is_read_as_its_table(importar):
    livro = Workbook()
    for linha in [
        ["Nome", "E-mail", "Celular", "CPF", "Nascimento"],
        ["Ana Souza", "ana@exemplo.com.br", 11987654321, 52998224725, datetime.date(1988, 4, 17)],
        [None] * 5,
        ["=1+1", "beto@exemplo.com.br", "11 8765-4322", None, "31/02/2020"],
    ]:
        livro.active.append(linha)
    livro.create_sheet("Outra").append(["nada"])
    arquivo = io.BytesIO()
    livro.save(arquivo)
    feito = importar("clientes", arquivo.getvalue())
    assert {linha: item["status"] for linha, item in feito["itens"].items()} == {2: 201, 4: 400}
    ana = Cliente.objects.get()
    assert (ana.nome, ana.cpf, ana.telefone, ana.data_nascimento) == (
        "Ana Souza",
        "52998224725",
        "+5511987654321",
        datetime.date(1988, 4, 17),
    )


def test_it_writes_people_with_contacts_and_events(importar, published, ana):
    feito = importar("clientes", PLANILHA)
    assert (feito["operacao"]["estado"], feito["operacao"]["feitos"], feito["operacao"]["erros"]) == ("concluida", 6, 3)
    pessoa = Cliente.objects.get(nome="Ana Souza")
    assert (pessoa.cpf, pessoa.email, pessoa.telefone, str(pessoa.data_nascimento)) == (
        "52998224725",
        "ana@exemplo.com.br",
        "+5511987654321",
        "1988-04-17",
    )
    assert (pessoa.origem, pessoa.responsavel_id, pessoa.equipe_id) == ("indicacao", ana.id, ana.equipe)
    assert "ana souza" in pessoa.busca_texto
    assert ContatoMeio.objects.get(cliente__nome="Beto Lima", tipo="telefone").chave_equivalencia == "551187654322"
    criados = published("clientes.cliente.criado.v1")
    assert [evento.pessoais["nome"] for evento in criados] == ["Ana Souza", "Beto Lima", "Dora"]
    assert {evento.ator for evento in criados} == {str(ana.id)}


def test_a_second_import_finds_those_of_the_first(importar):
    importar("clientes", PLANILHA)
    feito = importar("clientes", PLANILHA, chave="telefone")
    assert {linha: item["status"] for linha, item in feito["itens"].items()} == {2: 409, 3: 409, 4: 400, 5: 400, 6: 409, 8: 409}
    assert feito["itens"][3]["registro_id"] == str(Cliente.objects.get(nome="Beto Lima").pk)
    assert Cliente.objects.count() == 3


def test_update_by_key_and_undo(importar, api, rodar):
    importar("clientes", PLANILHA)
    antes = {pessoa.nome: pessoa.pk for pessoa in Cliente.objects.all()}
    novos = """nome,email,origem,telefone
Roberto Lima,beto@exemplo.com.br,evento,(11) 91111-2222
Eva,eva@exemplo.com.br,site,
Dora,dora@exemplo.com.br,site,
"""
    feito = importar("clientes", novos, modo="ambos", chave="email")
    assert {linha: item["status"] for linha, item in feito["itens"].items()} == {2: 200, 3: 201, 4: 200}
    assert {"criadas": 1, "atualizadas": 1, "iguais": 1}.items() <= feito["operacao"]["resultado"].items()
    beto = Cliente.objects.get(pk=antes["Beto Lima"])
    assert (beto.nome, beto.origem, beto.telefone, beto.versao) == ("Roberto Lima", "evento", "+5511911112222", 2)
    assert ContatoMeio.objects.get(cliente=beto, tipo="telefone", principal=True).valor == "+5511911112222"
    client = api()
    desfeita = client.post(f"/clientes/operacoes/{feito['operacao']['id']}/desfazer")
    assert desfeita.status_code == 200, desfeita.content
    rodar()
    beto.refresh_from_db()
    assert (beto.nome, beto.origem, beto.telefone) == ("Beto Lima", "rede_social", "+5511987654322")
    assert Cliente.objects.get(nome="Eva").excluido_em is not None
    assert client.get(f"/clientes/operacoes/{feito['operacao']['id']}").json()["estado"] == "desfeita"


def test_undo_leaves_what_somebody_changed_since(importar, api, rodar):
    feito = importar("clientes", "nome;email\nAna;ana@exemplo.com.br\nBia;bia@exemplo.com.br\n")
    client = api()
    client.patch(f"/clientes/{Cliente.objects.get(nome='Ana').pk}", {"nome": "Ana Maria"})
    client.post(f"/clientes/operacoes/{feito['operacao']['id']}/desfazer")
    rodar()
    itens = client.get(f"/clientes/operacoes/{feito['operacao']['id']}/itens").json()["resultados"]
    assert [item["desfeito"] for item in itens] == ["mudou_depois", "sim"]
    assert list(Cliente.objects.vivos().values_list("nome", flat=True)) == ["Ana Maria"]


def test_the_errors_come_back_as_a_csv_to_be_corrected(importar, api):
    feito = importar("clientes", PLANILHA)
    answer = api().get(f"{feito['endereco']}/erros")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    linhas = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert linhas[0] == "linha;motivo;codigo;campo;Nome;E-mail;Celular;CPF;Nascimento;Origem;Time"
    assert linhas[1].startswith("4;Este campo é obrigatório.;obrigatorio;nome;;sem@nome.com.br")
    assert [linha.split(";")[0] for linha in linhas[1:]] == ["4", "5", "6"]


def test_somebody_out_of_sight_is_a_duplicate_and_stays_as_is(importar, api, carla):
    importar("clientes", "nome;email\nAna;ana@exemplo.com.br\n")
    dela = api("clientes:importar", "clientes:criar", "clientes:editar", "clientes:ler", como=carla, vis="proprio")
    feito = importar("clientes", "nome;email\nRoubada;ana@exemplo.com.br\n", modo="ambos", chave="email", por=dela)
    assert [(erro["codigo"], item["status"]) for item in feito["itens"].values() for erro in item["erros"]] == [("duplicado", 409)]
    assert Cliente.objects.get().nome == "Ana"


@pytest.mark.skipif(not SUJA.exists(), reason="../shared/data/import_sujo_br is not there")
def test_every_row_of_the_dirty_sheet_is_explained(importar):
    """cp1252, five spellings of phones, sources in words of their own, blanks around e-mails, who wants no e-mail."""
    feito = importar("clientes", SUJA.read_bytes(), chave="email")
    assert feito["importacao"]["mapeamento"] == {
        "Nome": "nome",
        "E-mail": "email",
        "Telefone": "telefone",
        "Origem": "origem",
        "Não quer receber e-mail": "email_opt_out",
    }
    linhas = list(csv.DictReader(SUJA.read_text("cp1252").splitlines(), delimiter=";"))
    assert (feito["operacao"]["feitos"], feito["operacao"]["erros"]) == (50, 0), feito["itens"]
    origens = {"Site": "site", "Indicação": "indicacao", "INDICACAO": "indicacao", "WhatsApp": "whatsapp", "Instagram": "rede_social"}
    origens |= {"Google Ads": "anuncio", "google ads": "anuncio", "Feira/Evento": "evento", "": "outra"}
    for linha, original in enumerate(linhas, 2):
        pessoa = Cliente.objects.get(pk=feito["itens"][linha]["registro_id"])
        assert (pessoa.nome, pessoa.email, pessoa.origem) == (
            original["Nome"],
            original["E-mail"].strip().lower(),
            origens[original["Origem"]],
        )
        recusa = original["Não quer receber e-mail"].lower() in ("s", "sim")
        assert pessoa.meios.get(tipo="email").opt_out is recusa
        assert len(pessoa.telefone) == len("+5511987654321")


def test_many_cpfs_are_found_by_their_index(django_assert_num_queries):
    """Read from end to end for each portion of rows, a table of a million people would make an import take hours."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # which a small table is quicker to read by
        with django_assert_num_queries(1) as perguntas:
            CLIENTES.keys["cpf"].find(Cliente.objects.vivos(), {f"{numero:011}" for numero in range(500)})
        cursor.execute(f"EXPLAIN {perguntas[0]['sql']}")
        assert "cliente_cpf_unico" in str(cursor.fetchall())
