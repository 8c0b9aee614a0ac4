"""What an import refuses, and what it survives."""

import threading
from dataclasses import replace

import pytest

from clientes import importacao
from clientes.models import Cliente
from crm_shared.events.models import Evento
from crm_shared.imports.models import ChaveVista
from crm_shared.operations.models import Operacao
from crm_shared.operations.runner import Runner
from crm_shared.testing.contract import MISSING, assert_problem

pytestmark = pytest.mark.django_db
BOA = "nome;email\nAna;ana@exemplo.com.br\nBia;bia@exemplo.com.br\nCaio;caio@exemplo.com.br\n"


@pytest.fixture
def nova(api):
    """Address of an import that waits for its file."""
    return api().post("/clientes/importacoes", {"recurso": "clientes", "nome": "x.csv"})["Location"]


@pytest.fixture
def enviar(api, nova):
    def send(content, media="text/csv", **extra):
        body = content.encode() if isinstance(content, str) else content
        return api().generic("PUT", f"{nova}/arquivo", body, content_type=media, **extra)

    return send


@pytest.mark.parametrize(
    ("body", "campo", "codigo"),
    [
        ({}, "recurso", "obrigatorio"),
        ({"recurso": "marte", "nome": "x"}, "recurso", "opcao_invalida"),
        ({"recurso": "clientes", "nome": 7}, "nome", "invalido"),
        ({"recurso": "clientes", "nome": "x" * 201}, "nome", "muito_longo"),
        ({"recurso": "clientes", "nome": "x", "modo": "apagar"}, "modo", "opcao_invalida"),
        ({"recurso": "clientes", "nome": "x", "chave": "senha"}, "chave", "opcao_invalida"),
        ({"recurso": "clientes", "nome": "x", "arquivo": "/etc/passwd"}, "arquivo", "campo_desconhecido"),
    ],
)
def test_a_bad_beginning(api, body, campo, codigo):
    erros = assert_problem(api().post("/clientes/importacoes", body), 400)["erros"]
    assert (campo, codigo) in [(erro["campo"], erro["codigo"]) for erro in erros]


@pytest.mark.parametrize(
    ("content", "codigo"),
    [
        (b"", "arquivo_vazio"),
        (b"%PDF-1.4", "nao_e_planilha"),
        (b"PK\x03\x04" + b"x" * 50, "nao_e_planilha"),
        (b"nome\nA\0na\n", "caractere_invalido"),
        (b"nome;Nome\nAna;x\n", "cabecalho_repetido"),
        (b";".join(b"c%d" % number for number in range(300)), "colunas_demais"),
        (b"x" * 1_000_000, "linha_longa"),
        (b'"nome\n' + b"x\n" * 500, "aspas_nao_fechadas"),
    ],
)
def test_a_file_that_is_no_spreadsheet(enviar, content, codigo):
    assert assert_problem(enviar(content), 400)["codigo"] == codigo


def test_a_file_too_large_and_one_of_unknown_size(enviar, settings):
    settings.IMPORT_MAX_BYTES = 10
    assert_problem(enviar(BOA), 413)
    settings.IMPORT_MAX_BYTES = 1000
    assert_problem(enviar(BOA, HTTP_TRANSFER_ENCODING="chunked"), 400)


@pytest.mark.parametrize(
    ("body", "campo", "codigo"),
    [
        ({"mapeamento": []}, "mapeamento", "nao_e_objeto"),
        ({"mapeamento": {"nome": 7}}, "mapeamento", "invalido"),
        ({"mapeamento": {"idade": "nome"}}, "mapeamento", "coluna_desconhecida"),
        ({"mapeamento": {"nome": "senha"}}, "mapeamento", "campo_desconhecido"),
        ({"mapeamento": {"nome": "id"}}, "mapeamento", "campo_desconhecido"),
        ({"mapeamento": {"nome": "nome", "email": "nome"}}, "mapeamento", "campo_repetido"),
        ({"mapeamento": {str(number): "x" for number in range(201)}}, "mapeamento", "muito_longo"),
        ({"padroes": {"senha": "x"}}, "padroes", "campo_desconhecido"),
        ({"recurso": "clientes"}, "recurso", "somente_leitura"),
    ],
)
def test_a_bad_mapping(api, enviar, nova, body, campo, codigo):
    assert enviar(BOA).status_code == 200
    [erro] = assert_problem(api().patch(nova, body), 400)["erros"]
    assert (erro["campo"], erro["codigo"]) == (campo, codigo)


def test_steps_out_of_order(api, nova, enviar, rodar):
    client = api()
    assert assert_problem(client.post(f"{nova}/executar"), 422)["codigo"] == "arquivo_ausente"
    enviar("idade\n7\n")
    assert assert_problem(client.post(f"{nova}/simular"), 422)["codigo"] == "sem_mapeamento"
    enviar(BOA)
    client.patch(nova, {"mapeamento": {"email": "email"}})
    assert assert_problem(client.post(f"{nova}/executar"), 422)["codigo"] == "campo_obrigatorio_sem_coluna"
    client.patch(nova, {"mapeamento": {"nome": "nome"}, "modo": "ambos", "chave": "cpf"})
    assert assert_problem(client.post(f"{nova}/executar"), 422)["codigo"] == "chave_sem_coluna"
    client.patch(nova, {"modo": "criar"})
    assert client.post(f"{nova}/executar").status_code == 202
    for answer in (client.post(f"{nova}/executar"), enviar(BOA), client.patch(nova, {"modo": "ambos"}), client.delete(nova)):
        assert_problem(answer, 409)
    rodar()
    assert assert_problem(client.post(f"{nova}/executar"), 409)["codigo"] == "importacao_executada"
    assert client.delete(nova).status_code == 204


def test_it_needs_the_scopes_of_what_it_writes(api, nova, enviar):
    enviar(BOA)
    assert_problem(api("clientes:ler").get("/clientes/importacoes"), 403)
    assert_problem(api("clientes:importar", "clientes:editar").post(f"{nova}/executar"), 403)
    api().patch(nova, {"modo": "ambos", "chave": "email"})
    assert_problem(api("clientes:importar", "clientes:criar").post(f"{nova}/executar"), 403)


def test_others_do_not_see_it(api, nova, bruno):
    other = api(como=bruno)
    assert other.get("/clientes/importacoes").json()["resultados"] == []
    for answer in (other.get(nova), other.patch(nova, {}), other.post(f"{nova}/executar"), other.get(f"{nova}/erros"), other.delete(nova)):
        assert_problem(answer, 404)
    assert_problem(api().generic("PUT", f"/clientes/importacoes/{MISSING}/arquivo", b"x", content_type="text/csv"), 404)


def test_rows_that_are_wrong_in_themselves(importar):
    texto = (
        "nome;email;data_nascimento;nao_contatar\n"
        "Ana;ana@exemplo.com.br;1988-04-17;sim;a mais\n"
        f"{'x' * 201};;;\n"
        "Bia;;;talvez\n"
        '"Caio;;;\n'
        "Dora;;99/99/9999;\n"
        "Eva\n"
    )
    feito = importar("clientes", texto)
    codigos = {linha: [erro["codigo"] for erro in item["erros"]] for linha, item in feito["itens"].items()}
    assert codigos == {
        2: ["celulas_demais"],
        3: ["muito_longo"],
        4: ["invalido"],
        5: ["aspas_nao_fechadas"],
        6: ["data_invalida"],
        7: [],
    }
    assert list(Cliente.objects.values_list("nome", flat=True)) == ["Eva"]


class Killed(BaseException):
    """As kill -9: nothing of ours handles it."""


@pytest.mark.parametrize("where", ["operacao.antes_do_commit", "operacao.entre_porcoes"])
def test_killed_anywhere_it_goes_on_and_doubles_nothing(api, nova, enviar, monkeypatch, where):
    monkeypatch.setattr("crm_shared.imports.kinds.PORTION", 2)
    texto = "nome;email\n" + "".join(f"P{number};p{number}@exemplo.com.br\n" for number in range(7)) + "Outra;p1@exemplo.com.br\n"
    enviar(texto)
    client = api()
    onde = client.post(f"{nova}/executar")["Location"]
    deaths = 0

    def die(name):
        nonlocal deaths
        deaths += name == where
        if name == where and deaths in (1, 3):
            raise Killed

    monkeypatch.setattr("crm_shared.operations.runner.point", die)
    for _ in range(20):
        try:
            Runner().turn(threading.Event())
        except Killed:
            Operacao.objects.update(arrendada_ate=None)
    operacao = client.get(onde).json()
    assert (operacao["estado"], operacao["feitos"], operacao["erros"]) == ("concluida", 8, 1)
    assert deaths > 3
    assert sorted(Cliente.objects.values_list("nome", flat=True)) == [f"P{number}" for number in range(7)]
    assert Evento.objects.filter(tipo="clientes.cliente.criado.v1").count() == 7
    [refused] = client.get(f"{onde}/erros").json()["resultados"]
    assert (refused["indice"], refused["erros"][0]["mensagem"]) == (9, "Repete a linha 3.")
    assert not ChaveVista.objects.exists()


def test_a_row_that_the_store_refuses_stands_alone(importar, monkeypatch):
    """A rule that only the database knows: the row is told, the rest goes in."""
    whole = importacao.criar_clientes

    def spoiled(*, ator, linhas):
        linhas = [{**dados, "ciclo_vida": "marte"} if dados["nome"] == "Bia" else dados for dados in linhas]
        return whole(ator=ator, linhas=linhas)

    bulk = importacao.BulkServices(spoiled, importacao.atualizar_clientes)
    monkeypatch.setitem(importacao.IMPORTAVEIS, "clientes", replace(importacao.CLIENTES, bulk=bulk))
    feito = importar("clientes", BOA)
    assert {linha: item["status"] for linha, item in feito["itens"].items()} == {2: 201, 3: 400, 4: 201}
    assert feito["itens"][3]["erros"][0]["codigo"] == "valor_recusado"
    assert sorted(Cliente.objects.values_list("nome", flat=True)) == ["Ana", "Caio"]


def test_a_portion_takes_as_many_statements_for_many_as_for_few(api, nova, enviar, django_assert_max_num_queries):
    enviar("nome;email;cpf\n" + "".join(f"P{number};p{number}@exemplo.com.br;\n" for number in range(300)))
    api().post(f"{nova}/executar")
    with django_assert_max_num_queries(40):
        Runner().turn(threading.Event())
    assert Cliente.objects.count() == 300
